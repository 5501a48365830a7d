// The words of a caption with all they can be, before their neighbours are looked at: fixed phrases
// joined, word lists, endings and WordNet asked.
#pragma once

#include <string_view>
#include <vector>

#include "evaluators/scene_graph/lemmas.h"
#include "evaluators/scene_graph/tagger.h"

namespace unimo::eval {

struct WordReading {
  TaggedWord word;               // its tag is final only when `fixed`; without lemma
  bool fixed = false;            // punctuation, fixed phrases
  VerbReading verb;              // how it reads as a verb
  WordClasses verb_classes = 0;  // of the verb's base form
  bool adjective = false;
  bool material = false;     // adjective before a noun only
  bool also_noun = false;    // of adjectives: noun where no noun follows
  bool strong_verb = false;  // a finite verb first
  bool weak_verb = false;    // a finite verb, and as often a noun
  bool nounlike = true;      // may stand in a noun phrase
};

std::vector<WordReading> read_words(std::string_view caption, const WordNet* wordnet);

}  // namespace unimo::eval
