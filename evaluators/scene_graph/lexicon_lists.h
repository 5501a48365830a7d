// The lists behind lexicon.h.
#pragma once

#include <span>

#include "evaluators/scene_graph/lexicon.h"

namespace unimo::eval {

struct WordList {
  WordClasses classes;
  const char* words;  // separated by blanks
};

std::span<const WordList> closed_class_lists();
std::span<const WordList> adjective_lists();
std::span<const WordList> verb_lists();
std::span<const WordList> noun_lists();
std::span<const FixedPhrase> fixed_phrase_list();

}  // namespace unimo::eval
