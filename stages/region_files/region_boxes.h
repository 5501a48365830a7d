// Boxes of files brought into the picture: shares of its sides, clipped, and whether the two sizes
// of a picture were taken in the wrong order.
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/region_files/region_row.h"

namespace unimo::stages {

enum class SizeFit {
  kBoth,     // the boxes lie in the picture in either order, or are no pixels
  kAsTold,   // only in the order of the row
  kSwapped,  // only when width and height change places
  kNeither
};
// Boxes may stand over by one pixel: files count sides from 0 to W - 1 or to W.
SizeFit size_fit(const RegionRow& row);
void swap_sizes(RegionRow& row);

// What the rows looked at say together.
class SizeVote {
 public:
  void add(const RegionRow& row);
  // More rows fit only in the other order than only in this one.
  bool swapped() const { return swapped_ > as_told_; }
  std::int64_t as_told_rows() const { return as_told_; }
  std::int64_t swapped_rows() const { return swapped_; }

 private:
  std::int64_t as_told_ = 0, swapped_ = 0;
};

struct BoxCounts {
  std::int64_t clipped = 0;     // stood over the picture by more than LXMERT allows, 1e-5 of a side
  std::int64_t degenerate = 0;  // without an area; kept, because features and classes go in step
};

// [n, 4] as x1 / W, y1 / H, x2 / W, y2 / H within 0 and 1, the second corner not before the first.
std::vector<float> boxes_in_picture(const RegionRow& row, BoxCounts& counts);

}  // namespace unimo::stages
