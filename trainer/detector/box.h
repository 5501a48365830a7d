// Boxes of the detector and how much two of them overlap, by the two conventions that exist.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "trainer/config/detector.h"

namespace unimo::trainer {

// Corners in pixels. Whether (x2, y2) is the last pixel or the edge behind it depends on the kind.
struct Box {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  bool operator==(const Box&) const = default;
};

// What a side of a box gets in addition: corners are inclusive in Caffe's convention.
constexpr float side_extra(DetectorKind kind) { return kind == DetectorKind::kCaffe ? 1.0F : 0.0F; }

// Intersection over union, in single precision as both originals compute it. Two empty boxes: NaN.
inline float overlap_of(const Box& a, const Box& b, float extra) {
  const float width = std::max(0.0F, std::min(a.x2, b.x2) - std::max(a.x1, b.x1) + extra);
  const float height = std::max(0.0F, std::min(a.y2, b.y2) - std::max(a.y1, b.y1) + extra);
  const float shared = width * height;
  const float area_a = (a.x2 - a.x1 + extra) * (a.y2 - a.y1 + extra);
  const float area_b = (b.x2 - b.x1 + extra) * (b.y2 - b.y1 + extra);
  return shared / (area_a + area_b - shared);
}

// The smallest overlap that suppresses: Caffe's `>= threshold`, torchvision's `> threshold`. Both
// compare the single-precision overlap with a double-precision threshold.
inline float suppressing_overlap(double threshold, DetectorKind kind) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto nearest = static_cast<float>(threshold);
  const bool enough = kind == DetectorKind::kCaffe ? static_cast<double>(nearest) >= threshold
                                                   : static_cast<double>(nearest) > threshold;
  return enough ? nearest : std::nextafter(nearest, kInfinity);
}

}  // namespace unimo::trainer
