#include "stages/regions/cell_statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "stages/regions/local_descriptors.h"
#include "stages/regions/vectorised.h"

namespace unimo::stages {

namespace {

int hue_bin(int hue, int saturation, int value) {
  constexpr int kGrey = 38;  // less saturated than 15 % is grey
  const int bright = value * 4 / 256;
  if (saturation < kGrey) return bright;
  const int strong = std::min(2, (saturation - kGrey) * 3 / (256 - kGrey));
  return 4 + ((hue * 12 / 256) * 3 + strong) * 4 + bright;
}

int chroma_bin(float value) { return std::clamp(static_cast<int>((value + 64) / 16), 0, 7); }

void add_colours(const Picture& picture, Matrix& cells) {
  for (int y = 0; y < picture.size; ++y) {
    for (int x = 0; x < picture.size; ++x) {
      const auto i = static_cast<std::size_t>(y * picture.size + x);
      const auto row = cells.row(cell_at(x, y, picture.size));
      const auto bin = [&](int at) -> float& { return row[static_cast<std::size_t>(at)]; };
      const float l = picture.l[i], a = picture.a[i], b = picture.b[i];
      bin(kHueAt + hue_bin(picture.hue[i], picture.saturation[i], picture.value[i])) += 1;
      bin(kLightAt + std::clamp(static_cast<int>(l / 12.5F), 0, 7)) += 1;
      bin(kChromaAt + chroma_bin(a) * 8 + chroma_bin(b)) += 1;
      const std::array<float, kMomentSums> moments = {1, l, a, b, l * l, a * a, b * b};
      for (std::size_t k = 0; k < moments.size(); ++k) {
        row[static_cast<std::size_t>(kMomentAt) + k] += moments[k];
      }
    }
  }
}

// Which of 59 bins a pattern of 8 neighbours has: 58 for those with at most two changes around the
// circle, one for the rest (Ojala et al. 2002).
std::array<int, 256> uniform_patterns() {
  std::array<int, 256> bins{};
  int next = 0;
  for (unsigned pattern = 0; pattern < 256; ++pattern) {
    const unsigned turned = ((pattern << 1) | (pattern >> 7)) & 255U;
    const bool uniform = std::popcount(pattern ^ turned) <= 2;
    bins[pattern] = uniform ? next++ : kLbpBins - 1;
  }
  return bins;
}

void add_binary_patterns(const Picture& picture, Matrix& cells) {
  constexpr std::array<std::array<int, 2>, 8> kAround = {
      {{-1, -1}, {0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}}};
  const auto bins = uniform_patterns();
  const int size = picture.size;
  for (int y = 1; y + 1 < size; ++y) {
    for (int x = 1; x + 1 < size; ++x) {
      const float* here = picture.gray.data() + y * size + x;
      unsigned pattern = 0;
      for (unsigned k = 0; k < 8; ++k) {
        pattern |= static_cast<unsigned>(here[kAround[k][1] * size + kAround[k][0]] >= *here) << k;
      }
      cells(cell_at(x, y, size), kLbpAt + bins[pattern]) += 1;
    }
  }
}

void add_orientations(const Picture& picture, Matrix& cells) {
  const int size = picture.size;
  const Gradients gradient = gradients(filter_plane(picture.gray, size, gaussian_taps(1)), size);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const auto i = static_cast<std::size_t>(y * size + x);
      const float turn = 2 * gradient.orientation[i];  // 0 to 16
      const int low = static_cast<int>(turn);
      const float share = turn - static_cast<float>(low);
      const auto row = cells.row(cell_at(x, y, size)).subspan(kHogAt, kHogBins);
      row[static_cast<std::size_t>(low % kHogBins)] += (1 - share) * gradient.magnitude[i];
      row[static_cast<std::size_t>((low + 1) % kHogBins)] += share * gradient.magnitude[i];
    }
  }
}

}  // namespace

Matrix cell_statistics(const Picture& picture) {
  Matrix cells(kCells * kCells, kCellColumns);
  add_colours(picture, cells);
  add_binary_patterns(picture, cells);
  add_orientations(picture, cells);
  add_gabor_energies(picture, cells);
  return cells;
}

UNIMO_VECTORISED static void add_row(const float* __restrict row, float weight, std::size_t count,
                                     float* __restrict sums) {
  for (std::size_t i = 0; i < count; ++i) sums[i] += weight * row[i];
}

void add_cells_under(const Matrix& cells, const CellBox& box, int first, std::span<float> sums) {
  const auto across = cell_overlaps(box.x1, box.x2);
  const auto down = cell_overlaps(box.y1, box.y2);
  for (std::size_t y = 0; y < kCells; ++y) {
    for (std::size_t x = 0; x < kCells; ++x) {
      const float weight = down[y] * across[x];
      if (weight == 0) continue;
      const auto row = cells.row(static_cast<std::int64_t>(y * kCells + x));
      add_row(row.data() + first, weight, sums.size(), sums.data());
    }
  }
}

}  // namespace unimo::stages
