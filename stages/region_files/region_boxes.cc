#include "stages/region_files/region_boxes.h"

#include <algorithm>
#include <utility>

#include "stages/region_files/npz_rows.h"

namespace unimo::stages {

namespace {

constexpr float kOverhang = 1;       // pixels
constexpr float kTolerance = 1e-5F;  // shares: what LXMERT asserts

}  // namespace

SizeFit size_fit(const RegionRow& row) {
  if (row.shares || row.width == row.height) return SizeFit::kBoth;
  float right = 0, bottom = 0;
  for (std::size_t i = 0; i + 3 < row.boxes.size(); i += 4) {
    right = std::max({right, row.boxes[i], row.boxes[i + 2]});
    bottom = std::max({bottom, row.boxes[i + 1], row.boxes[i + 3]});
  }
  const auto fits = [&](std::int64_t width, std::int64_t height) {
    return right <= static_cast<float>(width) + kOverhang &&
           bottom <= static_cast<float>(height) + kOverhang;
  };
  const bool as_told = fits(row.width, row.height), swapped = fits(row.height, row.width);
  if (as_told) return swapped ? SizeFit::kBoth : SizeFit::kAsTold;
  return swapped ? SizeFit::kSwapped : SizeFit::kNeither;
}

void swap_sizes(RegionRow& row) { std::swap(row.width, row.height); }

void SizeVote::add(const RegionRow& row) {
  const SizeFit fit = size_fit(row);
  as_told_ += fit == SizeFit::kAsTold ? 1 : 0;
  swapped_ += fit == SizeFit::kSwapped ? 1 : 0;
}

std::vector<float> boxes_in_picture(const RegionRow& row, BoxCounts& counts) {
  std::vector<float> boxes = boxes_as_shares(row);
  for (std::size_t i = 0; i + 3 < boxes.size(); i += 4) {
    float* const box = boxes.data() + i;
    const bool over =
        std::any_of(box, box + 4, [](float v) { return v < -kTolerance || v > 1 + kTolerance; });
    counts.clipped += over ? 1 : 0;
    for (std::size_t k = 0; k < 4; ++k) box[k] = std::clamp(box[k], 0.0F, 1.0F);
    counts.degenerate += box[2] <= box[0] || box[3] <= box[1] ? 1 : 0;
    box[2] = std::max(box[0], box[2]);
    box[3] = std::max(box[1], box[3]);
  }
  return boxes;
}

}  // namespace unimo::stages
