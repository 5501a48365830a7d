#include "stages/regions/lanes.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "stages/regions/vectorised.h"

namespace unimo::stages {

namespace {

UNIMO_VECTORISED void add_scaled(float* __restrict target, const float* __restrict source,
                                 float factor, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) target[i] += factor * source[i];
}

UNIMO_VECTORISED void filter_columns(const float* row, int size, std::span<const float> taps,
                                     std::span<const int> at, float* __restrict out) {
  const int half = static_cast<int>(taps.size()) / 2;
  for (std::size_t c = 0; c < at.size(); ++c) {
    float sum[kLanes] = {};
    const int first = std::max(0, at[c] - half);
    const int last = std::min(size - 1, at[c] + half);
    const float* tap = taps.data() + (first - at[c] + half);
    const float* source = row + first * kLanes;
    for (int x = first; x <= last; ++x, ++tap, source += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) sum[lane] += *tap * source[lane];
    }
    for (int lane = 0; lane < kLanes; ++lane)
      out[c * kLanes + static_cast<std::size_t>(lane)] = sum[lane];
  }
}

UNIMO_VECTORISED void filter_row(const float* __restrict padded, int size,
                                 std::span<const float> taps, float* __restrict out) {
  for (int x = 0; x < size; ++x) out[x] = 0;
  for (std::size_t t = 0; t < taps.size(); ++t) {
    const float tap = taps[t];
    const float* source = padded + t;
    for (int x = 0; x < size; ++x) out[x] += tap * source[x];
  }
}

}  // namespace

LaneSamples sample_filtered(const LanePicture& picture, std::span<const float> taps,
                            std::span<const int> at) {
  const int size = picture.size;
  const int half = static_cast<int>(taps.size()) / 2;
  const std::size_t width = static_cast<std::size_t>(size) * kLanes;
  LaneSamples samples{.count = static_cast<int>(at.size())};
  samples.values.resize(at.size() * at.size() * kLanes);
  Floats row(width);
  for (std::size_t r = 0; r < at.size(); ++r) {
    std::fill(row.begin(), row.end(), 0.0F);
    for (int y = std::max(0, at[r] - half); y <= std::min(size - 1, at[r] + half); ++y) {
      add_scaled(row.data(), picture.values.data() + static_cast<std::size_t>(y) * width,
                 taps[static_cast<std::size_t>(y - at[r] + half)], width);
    }
    filter_columns(row.data(), size, taps, at, samples.values.data() + r * at.size() * kLanes);
  }
  return samples;
}

Floats filter_plane(const Floats& plane, int size, std::span<const float> taps) {
  const int half = static_cast<int>(taps.size()) / 2;
  const auto width = static_cast<std::size_t>(size);
  Floats rows(plane.size()), out(plane.size());
  Floats padded(width + taps.size());
  for (int y = 0; y < size; ++y) {
    const float* source = plane.data() + static_cast<std::size_t>(y) * width;
    for (int x = -half; x < size + half; ++x) {
      padded[static_cast<std::size_t>(x + half)] = source[std::clamp(x, 0, size - 1)];
    }
    filter_row(padded.data(), size, taps, rows.data() + static_cast<std::size_t>(y) * width);
  }
  for (int y = 0; y < size; ++y) {
    float* target = out.data() + static_cast<std::size_t>(y) * width;
    for (int t = -half; t <= half; ++t) {
      const auto from = static_cast<std::size_t>(std::clamp(y + t, 0, size - 1));
      add_scaled(target, rows.data() + from * width, taps[static_cast<std::size_t>(t + half)],
                 width);
    }
  }
  return out;
}

std::vector<float> gaussian_taps(float sigma) {
  const int half = std::max(1, static_cast<int>(std::ceil(3 * sigma)));
  std::vector<float> taps;
  float sum = 0;
  for (int i = -half; i <= half; ++i) {
    const float distance = static_cast<float>(i) / sigma;
    taps.push_back(std::exp(-0.5F * distance * distance));
    sum += taps.back();
  }
  for (float& tap : taps) tap /= sum;
  return taps;
}

PatchGrid patch_grid(int size, int part) {
  PatchGrid grid{.side = kParts * part};
  grid.count = size < grid.side ? 0 : (size - grid.side) / kPatchStep + 1;
  const auto middle = [&](int patch, int j) { return kPatchStep * patch + j * part + part / 2; };
  std::set<int> positions;
  for (int i = 0; i < grid.count; ++i) {
    for (int j = 0; j < kParts; ++j) positions.insert(middle(i, j));
  }
  grid.at.assign(positions.begin(), positions.end());
  for (int i = 0; i < grid.count; ++i) {
    for (int j = 0; j < kParts; ++j) {
      const auto found = std::lower_bound(grid.at.begin(), grid.at.end(), middle(i, j));
      grid.column.push_back(static_cast<int>(found - grid.at.begin()));
    }
  }
  return grid;
}

}  // namespace unimo::stages
