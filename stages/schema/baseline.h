// Parameters of baseline.cca: image and caption retrieval by canonical correlation, without a
// network.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct BaselineCcaParams {
  std::string split = "val";
  std::vector<std::string> fit_splits = {"train"};
  std::string pooling = "both";
  int dims = 512;
  double image_ridge = 1;
  double text_ridge = 0.5;
  double correlation_power = 1.5;
  int min_captions = 5;
  int max_words = 4000;
};
template <class V>
void visit(V& v, BaselineCcaParams& c) {
  v.field("split", c.split, "the split whose images and captions are compared");
  v.field("fit_splits", c.fit_splits, "splits the correlations are fitted on");
  v.field("pooling", c.pooling, one_of({"whole", "mean", "both"}),
          "a picture is its first region, the mean of its regions, or one after the other");
  v.field("dims", c.dims, between(1, 4096), "canonical directions kept");
  v.field("image_ridge", c.image_ridge, positive(),
          "added to the image covariance, in mean eigenvalues");
  v.field("text_ridge", c.text_ridge, positive(),
          "added to the text covariance, in mean eigenvalues");
  v.field("correlation_power", c.correlation_power, not_negative(),
          "directions are weighted by their correlation to this power");
  v.field("min_captions", c.min_captions, at_least(1),
          "a word occurs in at least so many captions");
  v.field("max_words", c.max_words, between(2, 65535), "the most frequent words are kept");
}

}  // namespace unimo::stages
