// CIDEr-D (Vedantam et al. 2015) as the COCO caption scorer computes it: TF-IDF weighted n-gram
// cosine with clipping and a Gaussian penalty on the difference in length, mean over n-grams and
// references, times ten.
//
// Document frequencies come from the references of the very images that are scored, so values of
// different image sets do not compare, and a single image scores 0; or they are given
// (cider_frequencies.h), which is another measure.
#pragma once

#include <span>
#include <vector>

#include "evaluators/cider_frequencies.h"
#include "evaluators/ngrams.h"

namespace unimo::eval {

struct Cider {
  double corpus = 0;           // 0 to 10
  std::vector<double> images;  // in the order of the items
};

// Every item has one reference or more.
Cider cider(const CountedItems& items);

// With given document frequencies, as models are trained for CIDEr. N-grams that the table lacks
// count as if one document had them.
Cider cider(std::span<const CaptionItem> items, const CiderFrequencies& frequencies);

}  // namespace unimo::eval
