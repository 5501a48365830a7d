// Captions that read alike: for each text the nearest others by the cosine of their TF-IDF vectors,
// exactly.
//
// Weights are tf * ln((1 + N) / (1 + df)), vectors of length 1, over lower-cased words. Words that
// nearly all texts have weigh nearly nothing, which is also what makes the search fast: see
// nearest_texts in tfidf.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace unimo::stages {

// Letters and digits of ASCII in lower case, and every byte beyond ASCII, stick together; all else
// parts words.
std::vector<std::string> plain_words(std::string_view text);

struct NearestOptions {
  std::size_t count = 32;  // at most so many for each text
  double duplicate = 0.9;  // more alike than this: taken for the same and left out
  // A neighbour has at least so many words that no text of the query's group has (new_words.h).
  std::size_t new_words = 0;
  unsigned threads = 1;  // the result does not depend on it
};

// `groups[i]` is what text i belongs to (its image): texts of one group are never each other's
// neighbours. Nearest first, the smaller index first among equals; texts without a common word are
// not neighbours.
std::vector<std::vector<std::uint32_t>> nearest_texts(std::span<const std::string> texts,
                                                      std::span<const std::uint32_t> groups,
                                                      const NearestOptions& options);

}  // namespace unimo::stages
