// Base forms of English nouns and verbs, as captions use them.
#pragma once

#include <string>
#include <string_view>

namespace unimo::eval {

class WordNet;

// The singular: "men" is "man", "shelves" is "shelf", "people" is "person". Words that have no
// singular ("jeans") or end in s without being plural ("bus") stay. Of compounds give the last
// word.
std::string noun_lemma(std::string_view noun, const WordNet* wordnet = nullptr);
bool is_plural(std::string_view noun);

enum class VerbForm { kNone, kBase, kThirdPerson, kIng, kPast };  // kPast: also the participle

struct VerbReading {
  VerbForm form = VerbForm::kNone;
  std::string lemma;
  bool known = false;  // the lemma is in a list; otherwise the form is a guess by its ending
};

// How a word reads as a verb: "sits" is {kThirdPerson, "sit"}. kNone when it cannot.
VerbReading verb_reading(std::string_view word, const WordNet* wordnet = nullptr);

}  // namespace unimo::eval
