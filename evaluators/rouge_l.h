// ROUGE-L as the COCO caption scorer computes it: the longest common subsequence with each
// reference; precision and recall take their best references independently; beta 1.2; the corpus
// value is the mean.
#pragma once

#include <span>
#include <vector>

#include "evaluators/ngrams.h"

namespace unimo::eval {

struct RougeL {
  double corpus = 0;           // 0 to 1
  std::vector<double> images;  // in the order of the items
};

// Words are what single ASCII blanks separate: an empty text has one empty word, as in the official
// scorer.
RougeL rouge_l(std::span<const CaptionItem> items, int threads = 1);

}  // namespace unimo::eval
