// The words of a caption and where they stand, before anything is known about them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluators/scene_graph/scene_graph.h"

namespace unimo::eval {

struct CaptionWord {
  enum class Kind { kWord, kOwner, kComma, kStop };  // kOwner: "'s" or the "'" of "boys'"
  Kind kind = Kind::kWord;
  Span span;
  std::string text;         // lower case; ’ is '
  bool after_mark = false;  // a quote, bracket or other sign stands before it
};

// Letters, digits and all that is not ASCII punctuation make words, with inner hyphens and
// apostrophes, and so does "&"; "/" and brackets are commas; quotes and other signs vanish. At most
// `limit` words.
std::vector<CaptionWord> caption_words(std::string_view caption, std::size_t limit);

}  // namespace unimo::eval
