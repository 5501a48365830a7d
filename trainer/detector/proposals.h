// From the two maps of the proposal network to the boxes that the region head looks at.
#pragma once

#include <span>
#include <vector>

#include "trainer/detector/box.h"
#include "trainer/detector/box_coding.h"

namespace unimo::trainer {

// What the proposal network says about one picture.
struct ProposalMaps {
  int rows = 0, columns = 0;  // of the map
  std::span<const float>
      scores;  // [anchors, rows, columns]: that an object is there; higher is surer
  std::span<const float> deltas;  // [4 · anchors, rows, columns]: x, y, log w, log h of each anchor
};

struct Proposals {
  std::vector<Box> boxes;  // in pixels of the resized picture, the best first
  std::vector<float> scores;
};

// Decodes, clips, drops small boxes, takes the best of the rest and suppresses. Caffe drops what is
// smaller than rules.min_size · scale before it takes the best `scored_proposals`; detectron2 drops
// empty boxes afterwards. Cells are numbered by row, column, anchor, which breaks ties. May give
// none.
Proposals propose(const ProposalMaps& maps, std::span<const Box> anchors, const PictureSize& size,
                  double scale, const DetectorRules& rules);

}  // namespace unimo::trainer
