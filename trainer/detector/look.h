// The first half of detecting: a picture to proposals, and what the network says about each.
#pragma once

#include <ATen/core/Tensor.h>

#include "orchestrator/base/result.h"
#include "trainer/detector/detector.h"
#include "trainer/detector/proposals.h"
#include "trainer/detector/resize_plan.h"

namespace unimo::trainer {

struct DetectorPicture {
  at::Tensor pixels;  // [1, 3, H, W] floats, BGR less the mean, of the plan's size
  ResizePlan plan;
  int width = 0, height = 0;  // before resizing
  PictureSize resized() const { return {plan.width, plan.height}; }
};

// Rows of all tensors are the proposals, of which there is at least one: a picture for which none
// is large enough is looked at as a whole.
struct Look {
  Proposals proposals;
  at::Tensor features;       // [n, feature_size]
  at::Tensor probabilities;  // [n, classes + 1]; background is the first in Caffe, else the last
  at::Tensor box_deltas;     // [n, 4 · classes]; Caffe: also four of background, the first ones
};

// Without gradients. The detector is of the rules' kind and prepared. kFailed when the network
// gives something that is not finite.
Result<Look> look_at(const Detector& detector, const DetectorPicture& picture,
                     const DetectorRules& rules);

}  // namespace unimo::trainer
