// Descriptors of small patches all over a picture: gradients (dense SIFT) and colours.
#pragma once

#include <vector>

#include "stages/regions/lanes.h"
#include "stages/regions/matrix.h"
#include "stages/regions/picture.h"

namespace unimo::stages {

struct LocalDescriptors {
  Matrix values;           // [patches, length]
  std::vector<int> cells;  // of each patch's middle, see cell_at
};

inline constexpr int kSiftLength = 128;
inline constexpr int kColourLength = 96;

// Histograms of 8 gradient orientations in 4 × 4 parts of patches whose parts have 4, 6 and 9
// pixels, every 4 pixels. Contrast is normalised but low contrast is damped, single orientations
// are clipped, and the square root is taken.
LocalDescriptors dense_sift(const Picture& picture);

// Mean and standard deviation of L, a and b in 4 × 4 parts of 5 and 9 pixels, every 4 pixels.
LocalDescriptors local_colours(const Picture& picture);

// Orientation (0 to 8 around the circle) and strength of the gradient of a plane.
struct Gradients {
  Floats orientation;
  Floats magnitude;
};
Gradients gradients(const Floats& plane, int size);

// The strength of each pixel's gradient shared between its two nearest of 8 orientations.
LanePicture orientation_lanes(const Gradients& gradients, int size);

}  // namespace unimo::stages
