// What hangs on what in a caption: the decisions where the grammar leaves a choice.
#pragma once

#include <optional>
#include <string_view>

#include "evaluators/scene_graph/graph_builder.h"

namespace unimo::eval {

// A verb or preposition whose object has not come yet.
struct Waiting {
  ObjectList subjects;
  VerbPart verb;
  PrepositionPart preposition;
  bool told = false;  // the verb has an object already
};

// How the last noun phrase was reached: what a preposition or participle after it can hang on.
struct Site {
  enum class Kind { kBare, kDirectObject, kAfterVerb, kAfterPreposition };
  Kind kind = Kind::kBare;
  Waiting from;
};

// What is known of the clause at hand.
struct Clause {
  ObjectList subject;
  ObjectList last;           // the noun phrase before
  bool determined = false;   // it began with a determiner
  ObjectList verb_subjects;  // of the verb before
  Site site;
  std::optional<ObjectList> relative;  // what "that" or "who" refers to, until its verb comes
  ObjectList interrupted;              // the subject before "while", whose verb has not come yet
  bool after_of = false;               // the last noun phrase has just been told what it is of
  bool finite = false;                 // it has its finite verb
  bool nobody = false;     // a pronoun that stands for nothing known came first: "we", "someone"
  bool separated = false;  // a comma or conjunction came since the last noun phrase or verb
  bool fresh = false;      // "while", and nothing since
};

// The subject of a participle right after a noun phrase: "a man on a bench reading" is a man who
// reads.
const ObjectList& subject_of_participle(const Clause& clause, const GraphBuilder& graph,
                                        const VerbPart& verb);

// What a preposition after a noun phrase speaks of: that phrase, or the subject (then with the verb
// before, when there was one). `owned`: its object is in hand, mouth or something owned ("holding a
// ball in its mouth"), so that it tells where the thing held is.
Waiting site_of_preposition(const Clause& clause, const GraphBuilder& graph,
                            std::string_view preposition, bool owned);

}  // namespace unimo::eval
