#include "stages/baseline/correlation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stages/regions/linear.h"
#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

struct Pairs {
  Matrix left, right;
};

// Two hidden numbers are seen on both sides with noise of variance 0.25 and 1 (so that they
// correlate by 0.8 and 0.5), mixed with four numbers that belong to one side only.
Pairs hidden_pairs(std::int64_t rows) {
  Pairs pairs{Matrix(rows, 6), Matrix(rows, 6)};
  trainer::Random random({.seed = 4});
  const auto normal = [&] { return static_cast<float>(random.normal()); };
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t d = 0; d < 2; ++d) {
      const float hidden = normal();
      const float noise = d == 0 ? 0.5F : 1.0F;
      pairs.left(i, d) = hidden + noise * normal();
      pairs.right(i, d) = hidden + noise * normal();
    }
    for (std::int64_t d = 2; d < 6; ++d) {
      pairs.left(i, d) = 3 * normal() + 1;
      pairs.right(i, d) = 3 * normal();
    }
    // An invertible mixture hides the directions; correlations do not depend on it.
    for (std::int64_t d = 5; d > 0; --d) pairs.left(i, d) += 0.5F * pairs.left(i, d - 1);
  }
  return pairs;
}

TEST(Correlation, FindsTheCorrelationsThatWereHidden) {
  use_single_threaded_kernels();
  Pairs pairs = hidden_pairs(20000);
  const Cca cca =
      fit_cca(pairs.left, pairs.right, {.dims = 6, .left_ridge = 1e-6, .right_ridge = 1e-6});
  ASSERT_EQ(cca.correlations.size(), 6U);
  EXPECT_NEAR(cca.correlations[0], 0.8, 0.01);
  EXPECT_NEAR(cca.correlations[1], 0.5, 0.02);
  EXPECT_LT(cca.correlations[2], 0.05);
}

TEST(Correlation, ProjectionsOfPairsCorrelateAsReported) {
  Pairs pairs = hidden_pairs(20000);
  const Pairs seen = pairs;
  const Cca cca =
      fit_cca(pairs.left, pairs.right, {.dims = 1, .left_ridge = 1e-6, .right_ridge = 1e-6});
  Matrix left = seen.left, right = seen.right;
  subtract_row(left, cca.left_mean);
  subtract_row(right, cca.right_mean);
  const Matrix a = multiply(left, cca.left), b = multiply(right, cca.right);
  double ab = 0, aa = 0, bb = 0;
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    ab += static_cast<double>(a(i, 0) * b(i, 0));
    aa += static_cast<double>(a(i, 0) * a(i, 0));
    bb += static_cast<double>(b(i, 0) * b(i, 0));
  }
  EXPECT_NEAR(ab / std::sqrt(aa * bb), cca.correlations[0], 1e-3);
}

TEST(Correlation, RidgeLowersCorrelationsOfFewPairs) {
  Pairs few = hidden_pairs(12), again = hidden_pairs(12);
  const Cca loose =
      fit_cca(few.left, few.right, {.dims = 6, .left_ridge = 1e-6, .right_ridge = 1e-6});
  const Cca tight =
      fit_cca(again.left, again.right, {.dims = 6, .left_ridge = 1, .right_ridge = 1});
  EXPECT_LT(tight.correlations[0], loose.correlations[0]);
}

TEST(Correlation, IsTheSameForAnyNumberOfThreads) {
  Pairs one = hidden_pairs(500), two = hidden_pairs(500);
  const Cca a = fit_cca(one.left, one.right, {.dims = 3, .threads = 1});
  const Cca b = fit_cca(two.left, two.right, {.dims = 3, .threads = 2});
  EXPECT_EQ(a.correlations, b.correlations);
  for (std::int64_t i = 0; i < a.left.rows() * a.left.cols(); ++i) {
    EXPECT_EQ(a.left.data()[i], b.left.data()[i]);
  }
}

TEST(Correlation, ProjectedRowsHaveLengthOne) {
  Pairs pairs = hidden_pairs(200);
  const Pairs seen = pairs;
  const Cca cca = fit_cca(pairs.left, pairs.right, {.dims = 3});
  const Matrix projected = project(seen.left, cca.left_mean, cca.left, cca.correlations, 2);
  for (std::int64_t i = 0; i < projected.rows(); ++i) {
    float squares = 0;
    for (const float value : projected.row(i)) squares += value * value;
    EXPECT_NEAR(squares, 1, 1e-5);
  }
}

}  // namespace
}  // namespace unimo::stages
