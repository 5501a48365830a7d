// A resized picture to its regions: the network and the rules around it, in one call.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/detector.h"
#include "trainer/detector/box.h"
#include "trainer/detector/detector.h"
#include "trainer/detector/resize_plan.h"

namespace unimo::trainer {

struct DetectorPicture {
  at::Tensor pixels;  // [1, 3, H, W] floats, BGR less the mean, of the plan's size
  ResizePlan plan;
  int width = 0, height = 0;  // before resizing
};

// Regions of one picture, n of them; rows of all lists are parallel.
struct DetectedRegions {
  std::vector<Box> boxes;  // corners in pixels of the picture before resizing, inside it
  std::vector<float>
      confidence;  // [n]: how sure the detector is that this is the best box of some object
  std::vector<float> features;  // [n, feature_size]
  std::vector<float> classes;   // [n, classes]: probabilities; background has the rest
  std::vector<float>
      attributes;  // [n, attributes]; Caffe: "none" has the rest; detectron2: they add up to 1
  std::size_t proposals = 0;  // among which they were chosen
};

// Without gradients. The detector is of the rules' kind and prepared. Small pictures may give fewer
// than min_regions; the smallest, where Caffe would have no proposal at all, one: the whole
// picture. kFailed when the network gives something that is not finite.
//
// Caffe: regions are proposals as they are, in the order of choose_confident. detectron2: they are
// the boxes of each proposal's likeliest class, by choose_apart.
Result<DetectedRegions> detect(const Detector& detector, const DetectorPicture& picture,
                               const DetectorRules& rules);

}  // namespace unimo::trainer
