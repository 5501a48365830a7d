#include "trainer/detector/resize_plan.h"

#include <algorithm>
#include <cmath>

namespace unimo::trainer {

namespace {

int at_least_one(double side) { return std::max(1, static_cast<int>(side)); }

ResizePlan caffe_plan(int width, int height, const DetectorRules& rules) {
  const double shorter = std::min(width, height), longer = std::max(width, height);
  double scale = rules.short_side / shorter;
  if (std::nearbyint(scale * longer) > rules.long_side) scale = rules.long_side / longer;
  return {scale, at_least_one(std::nearbyint(width * scale)),
          at_least_one(std::nearbyint(height * scale))};
}

// detectron2, ResizeShortestEdge: the short side is set, not computed, so that it comes out whole.
ResizePlan detectron2_plan(int width, int height, const DetectorRules& rules) {
  const double size = rules.short_side;
  double scale = size / std::min(width, height);
  double new_height = height < width ? size : scale * height;
  double new_width = height < width ? scale * width : size;
  const double longer = std::max(new_width, new_height);
  if (longer > rules.long_side) {
    const double shrink = rules.long_side / longer;
    new_height *= shrink;
    new_width *= shrink;
    scale *= shrink;
  }
  return {scale, at_least_one(new_width + 0.5), at_least_one(new_height + 0.5)};
}

}  // namespace

ResizePlan plan_resize(int width, int height, const DetectorRules& rules) {
  return rules.kind() == DetectorKind::kCaffe ? caffe_plan(width, height, rules)
                                              : detectron2_plan(width, height, rules);
}

}  // namespace unimo::trainer
