#include "stages/regions/linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <mutex>
#include <set>

#include "stages/regions/parallel.h"
#include "stages/regions/projection.h"
#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  Matrix m(rows, cols);
  trainer::Random random({.seed = seed});
  for (std::int64_t i = 0; i < rows * cols; ++i) m.data()[i] = static_cast<float>(random.normal());
  return m;
}

bool same_bits(const Matrix& a, const Matrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.rows() * a.cols()) * 4) == 0;
}

TEST(Linear, ProductsAgreeWithTheDefinition) {
  const Matrix a = random_matrix(7, 5, 1), b = random_matrix(7, 3, 2);
  const Matrix product = multiply(a, b, Side::kTransposed);
  ASSERT_EQ(product.rows(), 5);
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t j = 0; j < 3; ++j) {
      float sum = 0;
      for (std::int64_t k = 0; k < 7; ++k) sum += a(k, i) * b(k, j);
      EXPECT_NEAR(product(i, j), sum, 1e-5);
    }
  }
}

TEST(Linear, ProductsAreTheSameBitsForAnyNumberOfThreads) {
  use_single_threaded_kernels();
  const Matrix a = random_matrix(1500, 64, 3), b = random_matrix(64, 48, 4);
  const Matrix one = multiply(a, b, Side::kPlain, Side::kPlain, 1);
  EXPECT_TRUE(same_bits(one, multiply(a, b, Side::kPlain, Side::kPlain, 2)));
  EXPECT_TRUE(same_bits(one, multiply(a, b, Side::kPlain, Side::kPlain, 3)));
}

TEST(Linear, SolvesWhatItWasGiven) {
  const Matrix half = random_matrix(6, 6, 5), x = random_matrix(6, 2, 6);
  Matrix s = multiply(half, half, Side::kTransposed);
  add_to_diagonal(s, 1);
  const Matrix solved = solve_positive(s, multiply(s, x));
  for (std::int64_t i = 0; i < 12; ++i) EXPECT_NEAR(solved.data()[i], x.data()[i], 1e-4);
}

TEST(Parallel, VisitsEveryItemOnce) {
  std::multiset<std::int64_t> seen;
  std::mutex guard;
  parallel_for(100, 3, [&](std::int64_t i) {
    const std::lock_guard lock(guard);
    seen.insert(i);
  });
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), 100U);
}

TEST(Projection, FindsTheDirectionOfLargestVariance) {
  Matrix rows = random_matrix(400, 4, 7);
  for (std::int64_t i = 0; i < rows.rows(); ++i) rows(i, 2) *= 10;
  const Projection projection = fit_projection(rows, {.size = 1});
  EXPECT_NEAR(std::abs(projection.basis(2, 0)), 1, 0.02);
}

TEST(Projection, SubspaceIterationFindsWhatTheExactWayFinds) {
  // Three strong directions in 1,100 columns, where the exact way is not taken; and the same three
  // in the first 200, where it is.
  const Matrix hidden = random_matrix(300, 3, 8), directions = random_matrix(3, 200, 9);
  const Matrix narrow = multiply(hidden, directions);
  Matrix wide(300, 1100), exact_rows(300, 200);
  for (std::int64_t i = 0; i < 300; ++i) {
    for (std::int64_t j = 0; j < 200; ++j) wide(i, j) = exact_rows(i, j) = narrow(i, j);
  }
  Matrix seen = wide, seen_exact = exact_rows;
  const Matrix found = fit_projection(wide, {.size = 3}).apply(seen);
  const Matrix exact = fit_projection(exact_rows, {.size = 3}).apply(seen_exact);
  for (std::int64_t i = 0; i < 300; ++i) {
    for (std::int64_t j = 0; j < 3; ++j) {
      EXPECT_NEAR(std::abs(found(i, j)), std::abs(exact(i, j)), 0.02);
    }
  }
}

TEST(Projection, CoordinatesBeyondTheRankAreZero) {
  Matrix rows = random_matrix(3, 5, 10);
  const Matrix seen = rows;
  const Matrix projected = fit_projection(rows, {.size = 5}).apply(seen);
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 2; j < 5; ++j) EXPECT_EQ(projected(i, j), 0);
  }
}

TEST(Projection, ScalesToTheWantedEnergy) {
  Matrix rows = random_matrix(500, 6, 11);
  const Matrix seen = rows;
  const Matrix projected =
      fit_projection(rows, {.size = 4, .whitening = 0.5, .energy = 12}).apply(seen);
  double energy = 0;
  for (std::int64_t i = 0; i < 2000; ++i) {
    energy += static_cast<double>(projected.data()[i] * projected.data()[i]);
  }
  EXPECT_NEAR(energy / 500, 12, 0.01);
}

}  // namespace
}  // namespace unimo::stages
