#include "stages/regions/region_plan.h"

#include <algorithm>

namespace unimo::stages {

namespace {

std::array<float, 4> as_shares(const CellBox& cell) {
  constexpr float kSide = static_cast<float>(kCells);
  return {cell.x1 / kSide, cell.y1 / kSide, cell.x2 / kSide, cell.y2 / kSide};
}

}  // namespace

Result<RegionPlan> plan_regions(const ImageRecord& image, int max_boxes) {
  RegionPlan plan{.cells = grid_windows()};
  for (const CellBox& cell : plan.cells) plan.boxes.push_back(as_shares(cell));
  const std::size_t kept = std::min(image.regions.size(), static_cast<std::size_t>(max_boxes));
  for (std::size_t i = 0; i < kept; ++i) {
    const auto& [x1, y1, x2, y2] = image.regions[i].box;
    const bool inside =
        x1 >= 0 && y1 >= 0 && x1 < x2 && y1 < y2 && x2 <= image.width && y2 <= image.height;
    if (!inside) {
      return fail(ErrorCode::kInvalid,
                  "image {}: box {} is ({}, {}, {}, {}); it must be a rectangle inside {}x{}",
                  image.id, i, x1, y1, x2, y2, image.width, image.height);
    }
    const std::array<float, 4> box = {
        static_cast<float>(x1 / image.width), static_cast<float>(y1 / image.height),
        static_cast<float>(x2 / image.width), static_cast<float>(y2 / image.height)};
    constexpr float kSide = static_cast<float>(kCells);
    plan.cells.push_back({box[0] * kSide, box[1] * kSide, box[2] * kSide, box[3] * kSide});
    plan.boxes.push_back(box);
    plan.labels.push_back(image.regions[i].label);
  }
  return plan;
}

RegionPlan mirrored(const RegionPlan& plan) {
  RegionPlan mirror = plan;
  for (CellBox& cell : mirror.cells) cell = mirrored(cell);
  for (auto& box : mirror.boxes) box = {1 - box[2], box[1], 1 - box[0], box[3]};
  return mirror;
}

}  // namespace unimo::stages
