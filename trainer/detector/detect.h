// A resized picture to its regions: the network and the rules around it, in one call.
#pragma once

#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/detector.h"
#include "trainer/detector/box.h"
#include "trainer/detector/look.h"

namespace unimo::trainer {

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

// As look_at. Small pictures may give fewer than min_regions; the smallest, where Caffe would have
// no proposal at all, one: the whole picture.
//
// Caffe: regions are proposals as they are, in the order of choose_confident. detectron2: they are
// the boxes of each proposal's likeliest class, by choose_apart.
Result<DetectedRegions> detect(const Detector& detector, const DetectorPicture& picture,
                               const DetectorRules& rules);

}  // namespace unimo::trainer
