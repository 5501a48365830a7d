// Where verb groups begin and end among tagged words, and which of their verbs counts: of "has been
// trying to catch" it is "catch".
#pragma once

#include <cstddef>
#include <span>

#include "evaluators/scene_graph/noun_phrases.h"
#include "evaluators/scene_graph/tagger.h"

namespace unimo::eval {

// Indices of words.
struct VerbGroup {
  std::size_t end = 0;         // one behind the last word
  std::size_t verb = kNoWord;  // the one that counts; none in "is red"
  std::size_t be = kNoWord;    // the last form of "be"
};

// The group that begins at `at`, whose tag is verbal.
VerbGroup verb_group_at(std::span<const TaggedWord> words, std::size_t at);

// Goes behind adverbs.
std::size_t after_adverbs(std::span<const TaggedWord> words, std::size_t at);

}  // namespace unimo::eval
