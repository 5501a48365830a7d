#include "stages/regions/local_descriptors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "stages/regions/vectorised.h"
#include "stages/regions/windows.h"

namespace unimo::stages {

namespace {

// Grey levels a pixel: below it a patch counts as flat and its descriptor fades.
constexpr float kContrastDamping = 4;
constexpr float kClip = 0.2F;
constexpr std::array kSiftParts = {4, 6, 9};
constexpr std::array kColourParts = {5, 9};

// Abramowitz and Stegun's polynomial; an error of 1e-5 of a turn does not matter to a histogram.
UNIMO_INLINE float turn_of(float y, float x) {
  const float ax = x < 0 ? -x : x;
  const float ay = y < 0 ? -y : y;
  const float high = ax > ay ? ax : ay;
  const float low = ax > ay ? ay : ax;
  const float t = low / (high + 1e-12F);
  const float s = t * t;
  float r =
      ((((0.0208351F * s - 0.0851330F) * s + 0.1801410F) * s - 0.3302995F) * s + 0.9998660F) * t;
  r = ay > ax ? 1.57079637F - r : r;
  r = x < 0 ? 3.14159274F - r : r;
  return y < 0 ? 6.28318531F - r : r;
}

UNIMO_VECTORISED void row_gradients(const float* above, const float* here, const float* below,
                                    int size, float* __restrict orientation,
                                    float* __restrict magnitude) {
  constexpr float kTurn = 8 / 6.28318531F;
  for (int x = 1; x + 1 < size; ++x) {
    const float gx = 0.5F * (here[x + 1] - here[x - 1]);
    const float gy = 0.5F * (below[x] - above[x]);
    magnitude[x] = std::sqrt(gx * gx + gy * gy);
    orientation[x] = kTurn * turn_of(gy, gx);
  }
}

UNIMO_VECTORISED void share_orientations(const float* __restrict orientation,
                                         const float* __restrict magnitude, std::size_t count,
                                         float* __restrict lanes) {
  for (std::size_t i = 0; i < count; ++i) {
    for (int k = 0; k < kLanes; ++k) {
      float distance = orientation[i] - static_cast<float>(k);
      distance = distance < 0 ? -distance : distance;
      distance = distance > 4 ? 8 - distance : distance;
      const float share = 1 - distance;
      lanes[i * kLanes + static_cast<std::size_t>(k)] = (share > 0 ? share : 0.0F) * magnitude[i];
    }
  }
}

UNIMO_VECTORISED void normalise_sift(float* __restrict v) {
  float squares = 0;
  for (int i = 0; i < kSiftLength; ++i) squares += v[i] * v[i];
  const float factor = 1 / (std::sqrt(squares) + kContrastDamping);
  for (int i = 0; i < kSiftLength; ++i) {
    const float scaled = v[i] * factor;
    v[i] = std::sqrt(scaled < kClip ? scaled : kClip);
  }
}

UNIMO_VECTORISED void fill_colour_lanes(const Picture& picture, float* __restrict lanes) {
  const std::size_t count = picture.l.size();
  for (std::size_t i = 0; i < count; ++i) {
    const float l = picture.l[i], a = picture.a[i], b = picture.b[i];
    float* lane = lanes + i * kLanes;
    lane[0] = l;
    lane[1] = a;
    lane[2] = b;
    lane[3] = l * l;
    lane[4] = a * a;
    lane[5] = b * b;
    lane[6] = 0;
    lane[7] = 0;
  }
}

// Triangles: a pixel is shared between the two nearest parts in each direction.
std::vector<float> triangle_taps(int part) {
  std::vector<float> taps;
  for (int i = -(part - 1); i <= part - 1; ++i) {
    const float share = 1 - static_cast<float>(std::abs(i)) / static_cast<float>(part);
    taps.push_back(share / static_cast<float>(part));
  }
  return taps;
}

// Parts near the middle of a patch count more: a Gaussian of two parts.
float part_weight(int row, int column) {
  const auto squared = [](int i) {
    return (static_cast<float>(i) - 1.5F) * (static_cast<float>(i) - 1.5F);
  };
  return std::exp(-(squared(row) + squared(column)) / 8);
}

// Calls fill(patch number, samples at its 16 parts) for every patch of a grid.
template <class Fill>
void for_each_patch(const PatchGrid& grid, const LaneSamples& samples, Fill fill) {
  std::array<const float*, kParts * kParts> parts{};
  for (int i = 0; i < grid.count; ++i) {
    for (int j = 0; j < grid.count; ++j) {
      for (int p = 0; p < kParts * kParts; ++p) {
        const int row = grid.column[static_cast<std::size_t>(i * kParts + p / kParts)];
        const int column = grid.column[static_cast<std::size_t>(j * kParts + p % kParts)];
        parts[static_cast<std::size_t>(p)] = samples.at(row, column);
      }
      fill(static_cast<std::int64_t>(i) * grid.count + j, parts);
    }
  }
}

void add_cells(const PatchGrid& grid, int size, std::vector<int>& cells) {
  for (int i = 0; i < grid.count; ++i) {
    for (int j = 0; j < grid.count; ++j) {
      cells.push_back(
          cell_at(kPatchStep * j + grid.side / 2, kPatchStep * i + grid.side / 2, size));
    }
  }
}

template <std::size_t N>
LocalDescriptors make_room(const std::array<int, N>& parts, int size, int length) {
  LocalDescriptors descriptors;
  std::int64_t count = 0;
  for (const int part : parts) {
    const PatchGrid grid = patch_grid(size, part);
    count += static_cast<std::int64_t>(grid.count) * grid.count;
    add_cells(grid, size, descriptors.cells);
  }
  descriptors.values = Matrix(count, length);
  return descriptors;
}

}  // namespace

Gradients gradients(const Floats& plane, int size) {
  Gradients result{.orientation = Floats(plane.size()), .magnitude = Floats(plane.size())};
  const auto width = static_cast<std::size_t>(size);
  for (int y = 1; y + 1 < size; ++y) {
    const std::size_t at = static_cast<std::size_t>(y) * width;
    row_gradients(plane.data() + at - width, plane.data() + at, plane.data() + at + width, size,
                  result.orientation.data() + at, result.magnitude.data() + at);
  }
  return result;
}

LanePicture orientation_lanes(const Gradients& gradients, int size) {
  LanePicture lanes{.size = size, .values = Floats(gradients.magnitude.size() * kLanes)};
  share_orientations(gradients.orientation.data(), gradients.magnitude.data(),
                     gradients.magnitude.size(), lanes.values.data());
  return lanes;
}

LocalDescriptors dense_sift(const Picture& picture) {
  LocalDescriptors descriptors = make_room(kSiftParts, picture.size, kSiftLength);
  std::array<float, kParts * kParts> weights{};
  for (int p = 0; p < kParts * kParts; ++p) {
    weights[static_cast<std::size_t>(p)] = part_weight(p / kParts, p % kParts);
  }
  std::int64_t first = 0;
  for (const int part : kSiftParts) {
    const PatchGrid grid = patch_grid(picture.size, part);
    const Floats blurred =
        filter_plane(picture.gray, picture.size, gaussian_taps(static_cast<float>(part) / 6));
    const LanePicture lanes = orientation_lanes(gradients(blurred, picture.size), picture.size);
    const LaneSamples samples = sample_filtered(lanes, triangle_taps(part), grid.at);
    for_each_patch(grid, samples, [&](std::int64_t patch, const auto& parts) {
      float* out = descriptors.values.row(first + patch).data();
      for (std::size_t p = 0; p < parts.size(); ++p) {
        for (std::size_t k = 0; k < kLanes; ++k) out[p * kLanes + k] = weights[p] * parts[p][k];
      }
      normalise_sift(out);
    });
    first += static_cast<std::int64_t>(grid.count) * grid.count;
  }
  return descriptors;
}

LocalDescriptors local_colours(const Picture& picture) {
  LocalDescriptors descriptors = make_room(kColourParts, picture.size, kColourLength);
  LanePicture lanes{.size = picture.size, .values = Floats(picture.l.size() * kLanes)};
  fill_colour_lanes(picture, lanes.values.data());
  std::int64_t first = 0;
  for (const int part : kColourParts) {
    const PatchGrid grid = patch_grid(picture.size, part);
    const std::vector<float> box(static_cast<std::size_t>(part), 1 / static_cast<float>(part));
    const LaneSamples samples = sample_filtered(lanes, box, grid.at);
    for_each_patch(grid, samples, [&](std::int64_t patch, const auto& parts) {
      float* out = descriptors.values.row(first + patch).data();
      for (std::size_t p = 0; p < parts.size(); ++p) {
        for (std::size_t k = 0; k < 3; ++k) {
          const float mean = parts[p][k];
          out[p * 6 + k] = mean;
          out[p * 6 + 3 + k] = std::sqrt(std::max(0.0F, parts[p][k + 3] - mean * mean));
        }
      }
    });
    first += static_cast<std::int64_t>(grid.count) * grid.count;
  }
  return descriptors;
}

}  // namespace unimo::stages
