// The anchors of region proposals: twelve boxes around each cell of the feature map.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "trainer/detector/box.h"

namespace unimo::trainer {

inline constexpr int kFeatureStride = 16;  // pixels from one cell of res4 to the next

// Of Caffe (py-faster-rcnn, generate_anchors.py): a window of 16 × 16 inclusive pixels, its ratio
// of height to width changed (outer loop; sides rounded), then scaled (inner loop).
std::vector<Box> caffe_anchors(std::span<const double> ratios, std::span<const double> scales);

// Of detectron2 (DefaultAnchorGenerator): centred at 0, not rounded; sizes are the outer loop.
std::vector<Box> detectron2_anchors(std::span<const double> sizes, std::span<const double> ratios);

// The twelve of the published detector: ratios 0.5, 1, 2 and sides of 64, 128, 256, 512 pixels.
std::vector<Box> published_anchors(DetectorKind kind);

// Which anchor of the other kind's twelve is number `anchor` of this kind's: Caffe's 4 r + s is
// detectron2's 3 s + r, for ratio r and size s.
int anchor_of_other_kind(int anchor, DetectorKind kind);

// The anchor at a cell of the map.
inline Box shifted(const Box& anchor, int column, int row) {
  const auto dx = static_cast<float>(column * kFeatureStride);
  const auto dy = static_cast<float>(row * kFeatureStride);
  return {anchor.x1 + dx, anchor.y1 + dy, anchor.x2 + dx, anchor.y2 + dy};
}

}  // namespace unimo::trainer
