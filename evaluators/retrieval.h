// Image and text retrieval: recall at 1, 5 and 10 both ways, from one matrix of similarities.
//
// Image to text: each image ranks all captions; its rank is that of the best of its own captions.
// Text to image: each caption ranks all images. Ranks count from 0; an image may have any number of
// captions. Scores that are equal need a rule, or a model that says the same of everything gets 100
// %.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::eval {

enum class TieRule {
  kOptimistic,   // the right one stands before all that score the same
  kPessimistic,  // the right one stands behind all others that score the same, right or wrong
  kIndexOrder,   // equal scores stay in the order of the columns or rows
};

Result<TieRule> parse_tie_rule(std::string_view name);
std::string_view to_string(TieRule rule);

// Row-major [images, captions]; larger is more similar; no NaN. `image_of_caption` has one row
// number a caption, and every image has one caption or more.
struct SimilarityView {
  std::span<const float> values;
  std::size_t images = 0;
  std::size_t captions = 0;
  std::span<const std::size_t> image_of_caption;
  float at(std::size_t image, std::size_t caption) const {
    return values[image * captions + caption];
  }
};

struct Recalls {
  double r1 = 0, r5 = 0, r10 = 0;  // percent
};

struct DirectionScores {
  std::vector<std::size_t> ranks;  // from 0, one a query
  Recalls recall;
  double median_rank = 0;  // from 1
  double mean_rank = 0;    // from 1
  Recalls chance;          // the expectation for random scores
};

struct Retrieval {
  DirectionScores image_to_text;
  DirectionScores text_to_image;
  double mean_recall = 0;  // mean of the six recalls, percent
};

Retrieval retrieval(const SimilarityView& similarity, TieRule rule);

}  // namespace unimo::eval
