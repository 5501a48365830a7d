#include "stages/regions/window_descriptor.h"

#include <algorithm>
#include <cmath>

#include "stages/regions/cell_statistics.h"

namespace unimo::stages {

namespace {

void scale_to_length_one(std::span<float> v) {
  float squares = 0;
  for (const float value : v) squares += value * value;
  const float factor = squares > 0 ? 1 / std::sqrt(squares) : 0.0F;
  for (float& value : v) value *= factor;
}

// Hellinger: roots of shares, so that the distance of two histograms does not hang on their peaks.
void root_shares(std::span<float> histogram) {
  float sum = 0;
  for (const float value : histogram) sum += value;
  const float factor = sum > 0 ? 1 / sum : 0.0F;
  for (float& value : histogram) value = std::sqrt(value * factor);
}

// Part (row, column) of a window cut into parts × parts.
CellBox part_of(const CellBox& box, int parts, int row, int column) {
  const float width = (box.x2 - box.x1) / static_cast<float>(parts);
  const float height = (box.y2 - box.y1) / static_cast<float>(parts);
  const float x = box.x1 + width * static_cast<float>(column);
  const float y = box.y1 + height * static_cast<float>(row);
  return {x, y, x + width, y + height};
}

void fill_histograms(const Matrix& cells, const CellBox& box, std::span<float> out) {
  add_cells_under(cells, box, kHueAt, out);
  root_shares(out.subspan(kHueAt, kHueBins));
  root_shares(out.subspan(kLightAt, kLightBins));
  root_shares(out.subspan(kChromaAt, kChromaBins));
}

// Mean and deviation of L, a and b in 4 × 4 parts.
void fill_moments(const Matrix& cells, const CellBox& box, std::span<float> out) {
  for (std::size_t p = 0; p < 16; ++p) {
    std::array<float, kMomentSums> sums{};
    add_cells_under(cells, part_of(box, 4, static_cast<int>(p / 4), static_cast<int>(p % 4)),
                    kMomentAt, sums);
    for (std::size_t k = 0; k < 3; ++k) {
      const float mean = sums[1 + k] / std::max(sums[0], 1e-6F);
      const float square = sums[4 + k] / std::max(sums[0], 1e-6F);
      out[p * 6 + k] = mean;
      out[p * 6 + 3 + k] = std::sqrt(std::max(0.0F, square - mean * mean));
    }
  }
}

// 16 directions and the 8 orientations they are two of, in 4 × 4 parts.
void fill_hog(const Matrix& cells, const CellBox& box, std::span<float> out) {
  constexpr std::size_t kHalf = kHogBins / 2;
  for (std::size_t p = 0; p < 16; ++p) {
    const auto part = out.subspan(p * (kHogBins + kHalf), kHogBins + kHalf);
    add_cells_under(cells, part_of(box, 4, static_cast<int>(p / 4), static_cast<int>(p % 4)),
                    kHogAt, part.first(kHogBins));
    for (std::size_t k = 0; k < kHalf; ++k) part[kHogBins + k] = part[k] + part[k + kHalf];
  }
  for (float& value : out) value = std::sqrt(value);
  scale_to_length_one(out);
}

void fill_gabor(const Matrix& cells, const CellBox& box, std::span<float> out) {
  for (std::size_t p = 0; p < 4; ++p) {
    const CellBox part = part_of(box, 2, static_cast<int>(p / 2), static_cast<int>(p % 2));
    std::array<float, 1> pixels{};
    add_cells_under(cells, part, kMomentAt, pixels);
    const auto sums = out.subspan(p * kGaborSums, kGaborSums);
    add_cells_under(cells, part, kGaborAt, sums);
    for (float& value : sums) value = std::log(1 + value / std::max(pixels[0], 1e-6F));
  }
}

void fill_fisher(const FisherEncoder& encoder, const Matrix& sums_of_cells, const CellBox& box,
                 std::span<float> out) {
  Floats sums(static_cast<std::size_t>(sums_of_cells.cols()));
  add_cells_under(sums_of_cells, box, 0, sums);
  encoder.encode(sums, out);
}

}  // namespace

std::array<Matrix, kBlocks> raw_blocks(const FisherEncoder& sift, const FisherEncoder& colour,
                                       const Picture& picture, std::span<const CellBox> windows) {
  const auto count = static_cast<std::int64_t>(windows.size());
  std::array<Matrix, kBlocks> blocks = {Matrix(count, sift.length()),
                                        Matrix(count, colour.length()),
                                        Matrix(count, kHueBins + kLightBins + kChromaBins),
                                        Matrix(count, 16 * 6),
                                        Matrix(count, kLbpBins),
                                        Matrix(count, 16 * (kHogBins + kHogBins / 2)),
                                        Matrix(count, 4 * kGaborSums)};
  const Matrix sift_cells = sift.cell_sums(dense_sift(picture));
  const Matrix colour_cells = colour.cell_sums(local_colours(picture));
  const Matrix cells = cell_statistics(picture);
  for (std::int64_t i = 0; i < count; ++i) {
    const CellBox& box = windows[static_cast<std::size_t>(i)];
    fill_fisher(sift, sift_cells, box, blocks[0].row(i));
    fill_fisher(colour, colour_cells, box, blocks[1].row(i));
    fill_histograms(cells, box, blocks[2].row(i));
    fill_moments(cells, box, blocks[3].row(i));
    add_cells_under(cells, box, kLbpAt, blocks[4].row(i));
    root_shares(blocks[4].row(i));
    fill_hog(cells, box, blocks[5].row(i));
    fill_gabor(cells, box, blocks[6].row(i));
  }
  return blocks;
}

std::int64_t WindowDescriptor::feature_size() const {
  std::int64_t size = 0;
  for (const Projection& projection : projections) size += projection.size();
  return size;
}

Matrix WindowDescriptor::describe(const Picture& picture, std::span<const CellBox> windows) const {
  const auto blocks = raw_blocks(sift, colour, picture, windows);
  Matrix features(static_cast<std::int64_t>(windows.size()), feature_size());
  std::size_t at = 0;
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const Matrix shortened = projections[block].apply(blocks[block]);
    for (std::int64_t i = 0; i < shortened.rows(); ++i) {
      std::ranges::copy(shortened.row(i),
                        features.row(i).begin() + static_cast<std::ptrdiff_t>(at));
    }
    at += static_cast<std::size_t>(shortened.cols());
  }
  return features;
}

}  // namespace unimo::stages
