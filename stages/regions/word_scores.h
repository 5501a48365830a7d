// A weak detector: words of captions predicted linearly from a description, in place of the class
// scores of a trained one.
//
// Captions of an image become a whitened, shortened TF-IDF vector (its "semantic" coordinates);
// ridge regression predicts them from the description of the whole picture. Applied to a window it
// says what the window may show. Images that were fitted on are predicted by a model of the other
// folds, so that their predictions do not contain their own captions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stages/regions/caption_words.h"
#include "stages/regions/matrix.h"
#include "stages/schema/regions.h"

namespace unimo::stages {

// The words a window most likely shows, the likeliest first.
struct WordGuesses {
  std::vector<std::uint16_t> words;  // [windows, top]: numbers of the word list
  std::vector<float> probabilities;  // [windows, top]
};

// After fitting all calls may overlap.
class WordScores {
 public:
  // One item for each fitted image: the descriptions of its views and the fold it belongs to.
  struct Example {
    std::vector<std::span<const float>> descriptions;
    int fold = 0;
    Document captions;
  };
  static WordScores fit(const std::vector<Example>& examples, WordList words,
                        const WordParams& params, std::uint64_t seed, int threads);

  static constexpr int kNoFold = -1;  // an image that was not fitted on
  std::int64_t directions() const { return to_words_.rows(); }
  const WordList& words() const { return words_; }

  // Semantic coordinates of descriptions [n, feature size]: [n, directions]; the mean square of the
  // fitted images' is one.
  Matrix semantic(const Matrix& descriptions, int fold) const;
  // Distributions over the words from semantic coordinates; rows sum to at most 1.
  WordGuesses guesses(const Matrix& semantic) const;
  // Log-probability of each word: [n, words].
  Matrix log_probabilities(const Matrix& semantic) const;

 private:
  void scale_to_descriptions(const std::vector<Example>& examples);

  WordList words_;
  Floats feature_mean_;
  std::vector<Matrix> weights_;  // [feature size, directions]: of all folds, then without each
  Matrix to_words_;              // [directions, words]
  Floats word_mean_;             // [words]
  WordParams params_;
};

}  // namespace unimo::stages
