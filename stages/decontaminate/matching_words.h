// Words of a text such that the same sentence gives the same words wherever it was copied to.
//
// Letters of ASCII become lower case; punctuation of ASCII and of Unicode's block U+2000 to U+206F
// parts words and goes; apostrophes go, and a clitic that a tokenizer cut off joins its word again
// ("do n't", "dog 's"), so that text of the Penn Treebank kind matches running text; every digit
// becomes '#', as in Gigaword; "-LRB-" and its like stand for brackets and go.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace unimo::stages {

struct MatchingWord {
  std::size_t begin = 0, end = 0;  // bytes of the text
  std::uint64_t hash = 0;          // XXH3-64 of its normal form
  bool has_letter = false;
};

// Replaces what `words` holds. Any bytes will do; those that are no UTF-8 count as letters.
void matching_words(std::string_view text, std::vector<MatchingWord>& words);

}  // namespace unimo::stages
