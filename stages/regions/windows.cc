#include "stages/regions/windows.h"

#include <algorithm>

namespace unimo::stages {

std::vector<CellBox> grid_windows() {
  std::vector<CellBox> windows = {CellBox{}};
  for (const int per_side : {3, 5}) {
    // With n windows of side 12 / ((n + 1) / 2), half a side apart, the last ends at the border.
    const float step = static_cast<float>(kCells) / static_cast<float>(per_side + 1);
    for (int row = 0; row < per_side; ++row) {
      for (int column = 0; column < per_side; ++column) {
        const float x = step * static_cast<float>(column);
        const float y = step * static_cast<float>(row);
        windows.push_back({x, y, x + 2 * step, y + 2 * step});
      }
    }
  }
  return windows;
}

std::array<float, kCells> cell_overlaps(float from, float to) {
  std::array<float, kCells> overlaps{};
  for (int cell = 0; cell < kCells; ++cell) {
    const float start = static_cast<float>(cell);
    overlaps[static_cast<std::size_t>(cell)] =
        std::max(0.0F, std::min(to, start + 1) - std::max(from, start));
  }
  return overlaps;
}

CellBox mirrored(const CellBox& box) {
  return {static_cast<float>(kCells) - box.x2, box.y1, static_cast<float>(kCells) - box.x1, box.y2};
}

}  // namespace unimo::stages
