// Where noun phrases begin and end among tagged words, and what in them is what.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "evaluators/scene_graph/tagger.h"

namespace unimo::eval {

constexpr std::size_t kNoWord = static_cast<std::size_t>(-1);

// Indices of words.
struct NounPhrase {
  std::size_t end = 0;         // one behind the last word
  std::size_t noun_begin = 0;  // the run of nouns; empty: a phrase without noun
  std::size_t noun_end = 0;
  std::vector<std::size_t> modifiers;  // adjectives, numbers, quantities
  std::size_t owner = kNoWord;         // "his"
  bool pronoun = false;
  bool has_noun() const { return noun_begin < noun_end; }
  bool is_thing() const { return pronoun || has_noun(); }
};

bool starts_noun_phrase(std::span<const TaggedWord> words, std::size_t at);

// The phrase that begins at `at`, possibly of no words. "a red, white and blue kite" is one phrase;
// "the black" has the noun "black"; "very large" alone has a modifier and no noun.
NounPhrase noun_phrase_at(std::span<const TaggedWord> words, std::size_t at);

}  // namespace unimo::eval
