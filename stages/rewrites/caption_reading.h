// A caption as rewriting sees it: the nodes of its scene graph with what a word put in their place
// has to agree with.
//
//   const CaptionReading reading = read_caption("A man rides a brown horse.", &wordnet);
//   // objects man, horse (after "a", singular); attribute brown; relation ride (third person)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/scene_graph/lemmas.h"
#include "evaluators/scene_graph/scene_graph.h"

namespace unimo::stages {

constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);

// How a noun phrase takes its noun.
enum class NounSlot {
  kIndefinite,  // "a", "an", "one", "another": a noun that is counted
  kBare,        // singular without determiner: "snow"; in headlines "man"
  kDefinite,    // "the", "his", "this"
  kPlural,
};

struct ObjectNode {
  std::string lemma, head;  // as in eval::SceneObject
  eval::Span span;
  NounSlot slot = NounSlot::kBare;
  eval::Span article;              // "a" or "an" right before the span, else empty
  std::size_t phrase_begin = 0;    // byte where its noun phrase begins
  std::size_t governor = kNoNode;  // the first relation that it is the object of
  bool modifies = false;           // another noun, or an owner's mark, follows: "passenger" trains
  bool denied = false;             // "no" dogs
};

struct AttributeNode {  // adjectives, numbers, quantities
  std::size_t object = 0;
  std::string lemma;
  eval::Span span;
  eval::Span article;
};

// Also verbs without object ("a dog runs") and possessives.
struct RelationNode {
  std::size_t subject = 0;
  std::size_t object = kNoNode;
  std::string verb;         // base form; empty: none
  std::string preposition;  // empty: none
  eval::Span verb_span, preposition_span;
  eval::VerbForm form = eval::VerbForm::kNone;
  bool possessive = false;  // "the man's hat", "his hat": the verb is "have", but no word says so
  bool repeated = false;    // its words belong to a relation before it, too
  std::string lemma() const {
    if (verb.empty() || preposition.empty()) return verb + preposition;
    return verb + " " + preposition;
  }
};

struct CaptionReading {
  std::vector<ObjectNode> objects;
  std::vector<AttributeNode> attributes;
  std::vector<RelationNode> relations;
  std::vector<std::string> words;  // base forms of all words, sorted, each once
  std::size_t unknown_words = 0;   // in no list and, when it is given, not in WordNet
  bool he = false, she = false;    // a pronoun of that sex is in it
};

CaptionReading read_caption(std::string_view caption, const eval::WordNet* wordnet);

}  // namespace unimo::stages
