// Pictures with eight numbers a pixel, and symmetric filters that are evaluated only where needed.
//
// Eight lanes are one vector register: eight gradient orientations, or means and squares of
// colours.
#pragma once

#include <span>
#include <vector>

#include "stages/regions/matrix.h"

namespace unimo::stages {

inline constexpr int kLanes = 8;

// values[(y * size + x) * 8 + lane]
struct LanePicture {
  int size = 0;
  Floats values;
};

// The picture filtered with taps[i] taps[j] around (at[r], at[c]), 2 * half + 1 taps, nothing
// outside the picture: values[(r * n + c) * 8 + lane].
struct LaneSamples {
  int count = 0;  // n, on each side
  Floats values;
  const float* at(int row, int column) const {
    return values.data() +
           static_cast<std::size_t>(row * count + column) * static_cast<std::size_t>(kLanes);
  }
};
LaneSamples sample_filtered(const LanePicture& picture, std::span<const float> taps,
                            std::span<const int> at);

// The same filter along rows and columns on one plane of size × size, borders repeated.
Floats filter_plane(const Floats& plane, int size, std::span<const float> taps);
std::vector<float> gaussian_taps(float sigma);

// Positions of the 4 × 4 parts of square patches: patch i starts at 4 i, its parts follow each
// other.
struct PatchGrid {
  int count = 0;            // patches on each side
  int side = 0;             // of a patch, pixels
  std::vector<int> at;      // every coordinate that a part's middle has, sorted
  std::vector<int> column;  // [count, 4]: which of `at` is the middle of part j of patch i
};
PatchGrid patch_grid(int size, int part);
inline constexpr int kPatchStep = 4;
inline constexpr int kParts = 4;

}  // namespace unimo::stages
