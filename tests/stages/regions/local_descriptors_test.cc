#include "stages/regions/local_descriptors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "stages/regions/cell_statistics.h"
#include "stages/regions/lanes.h"
#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

Picture noise_picture(int size) {
  Picture picture{.size = size};
  trainer::Random random({.seed = 5});
  const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  for (std::size_t i = 0; i < pixels; ++i) {
    picture.gray.push_back(static_cast<float>(random.below(256)));
    picture.l.push_back(static_cast<float>(100 * random.uniform()));
    picture.a.push_back(static_cast<float>(80 * random.uniform() - 40));
    picture.b.push_back(static_cast<float>(80 * random.uniform() - 40));
    picture.hue.push_back(static_cast<std::uint8_t>(random.below(256)));
    picture.saturation.push_back(static_cast<std::uint8_t>(random.below(256)));
    picture.value.push_back(static_cast<std::uint8_t>(random.below(256)));
  }
  return picture;
}

TEST(Gradients, OrientationFollowsTheSlope) {
  for (const double angle : {0.1, 1.0, 2.0, 3.0, 4.0, 5.0, 6.2}) {
    Floats plane;
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 8; ++x) {
        plane.push_back(static_cast<float>(3 * (x * std::cos(angle) + y * std::sin(angle))));
      }
    }
    const Gradients found = gradients(plane, 8);
    EXPECT_NEAR(found.orientation[4 * 8 + 4], 8 * angle / (2 * std::numbers::pi), 1e-3);
    EXPECT_NEAR(found.magnitude[4 * 8 + 4], 3, 1e-4);
  }
}

// One number of one descriptor, by the definition: no lanes, no shared sums.
float slow_sift_part(const Picture& picture, int part, int patch_x, int patch_y, int p, int k) {
  const Floats blurred =
      filter_plane(picture.gray, picture.size, gaussian_taps(static_cast<float>(part) / 6));
  const int middle_x = 4 * patch_x + (p % 4) * part + part / 2;
  const int middle_y = 4 * patch_y + (p / 4) * part + part / 2;
  const auto at = [&](int x, int y) {
    return static_cast<double>(blurred[static_cast<std::size_t>(y * picture.size + x)]);
  };
  double sum = 0;
  for (int y = 1; y + 1 < picture.size; ++y) {
    for (int x = 1; x + 1 < picture.size; ++x) {
      const double share_x = 1 - std::abs(x - middle_x) / static_cast<double>(part);
      const double share_y = 1 - std::abs(y - middle_y) / static_cast<double>(part);
      if (share_x <= 0 || share_y <= 0) continue;
      const double gx = (at(x + 1, y) - at(x - 1, y)) / 2, gy = (at(x, y + 1) - at(x, y - 1)) / 2;
      double turn = std::atan2(gy, gx) * 4 / std::numbers::pi;
      if (turn < 0) turn += 8;
      double distance = std::abs(turn - k);
      distance = std::min(distance, 8 - distance);
      sum += std::max(0.0, 1 - distance) * std::hypot(gx, gy) * share_x * share_y / (part * part);
    }
  }
  const double dx = p % 4 - 1.5, dy = p / 4 - 1.5;
  return static_cast<float>(sum * std::exp(-(dx * dx + dy * dy) / 8));
}

TEST(DenseSift, AgreesWithTheDefinition) {
  const Picture picture = noise_picture(64);
  const LocalDescriptors found = dense_sift(picture);
  const int per_side = patch_grid(64, 4).count;
  ASSERT_EQ(per_side, 13);
  const int patch_x = 5, patch_y = 7;
  std::vector<double> expected;
  double squares = 0;
  for (int p = 0; p < 16; ++p) {
    for (int k = 0; k < 8; ++k) {
      expected.push_back(static_cast<double>(slow_sift_part(picture, 4, patch_x, patch_y, p, k)));
      squares += expected.back() * expected.back();
    }
  }
  for (int i = 0; i < kSiftLength; ++i) {
    const double damped = expected[static_cast<std::size_t>(i)] / (std::sqrt(squares) + 4);
    EXPECT_NEAR(found.values(patch_y * per_side + patch_x, i), std::sqrt(std::min(damped, 0.2)),
                2e-3)
        << "number " << i;
  }
}

TEST(DenseSift, FlatPicturesHaveNoGradients) {
  Picture picture = noise_picture(64);
  std::fill(picture.gray.begin(), picture.gray.end(), 100.0F);
  const LocalDescriptors found = dense_sift(picture);
  for (const float value : found.values.row(3)) EXPECT_LT(value, 1e-2);
}

TEST(LocalColours, AgreeWithTheDefinition) {
  const Picture picture = noise_picture(64);
  const LocalDescriptors found = local_colours(picture);
  const int per_side = patch_grid(64, 5).count;
  const int patch_x = 3, patch_y = 2, row = 1, column = 3;
  double sum = 0, squares = 0;
  for (int y = 4 * patch_y + 5 * row; y < 4 * patch_y + 5 * row + 5; ++y) {
    for (int x = 4 * patch_x + 5 * column; x < 4 * patch_x + 5 * column + 5; ++x) {
      const auto a = static_cast<double>(picture.a[static_cast<std::size_t>(y * 64 + x)]);
      sum += a;
      squares += a * a;
    }
  }
  const auto descriptor = found.values.row(patch_y * per_side + patch_x);
  const std::size_t part = 4 * row + column;
  EXPECT_NEAR(descriptor[part * 6 + 1], sum / 25, 1e-3);
  EXPECT_NEAR(descriptor[part * 6 + 4], std::sqrt(squares / 25 - sum * sum / 625), 1e-2);
}

TEST(CellStatistics, EveryPixelIsCountedOnce) {
  const Picture picture = noise_picture(100);  // cells of 8 and of 9 pixels
  const Matrix cells = cell_statistics(picture);
  float hues = 0, pixels = 0, patterns = 0;
  for (std::int64_t cell = 0; cell < cells.rows(); ++cell) {
    for (int k = 0; k < kHueBins; ++k) hues += cells(cell, kHueAt + k);
    for (int k = 0; k < kLbpBins; ++k) patterns += cells(cell, kLbpAt + k);
    pixels += cells(cell, kMomentAt);
  }
  EXPECT_EQ(hues, 10000);
  EXPECT_EQ(pixels, 10000);
  EXPECT_EQ(patterns, 98 * 98);
}

TEST(CellStatistics, GaborAnswersMostToItsOwnWave) {
  Picture picture = noise_picture(96);
  for (int y = 0; y < 96; ++y) {
    for (int x = 0; x < 96; ++x) {
      picture.gray[static_cast<std::size_t>(y * 96 + x)] =
          128 + 100 * std::cos(static_cast<float>(x) * std::numbers::pi_v<float> / 2);
    }
  }
  const Matrix cells = cell_statistics(picture);
  const std::int64_t middle = 6 * kCells + 6;
  for (int k = 1; k < kGaborSums; ++k) {
    EXPECT_GT(cells(middle, kGaborAt), 1.5F * cells(middle, kGaborAt + k)) << "filter " << k;
  }
}

}  // namespace
}  // namespace unimo::stages
