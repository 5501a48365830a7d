#include "stages/regions/fisher_vector.h"

#include <gtest/gtest.h>

#include <cmath>

#include "stages/regions/cell_statistics.h"
#include "stages/regions/linear.h"
#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

constexpr int kSize = 3;

// Two clouds around (5, 0, 0) and (-5, 0, 0).
Matrix two_clouds(std::int64_t rows) {
  Matrix samples(rows, kSize);
  trainer::Random random({.seed = 3});
  for (std::int64_t i = 0; i < rows; ++i) {
    for (int d = 0; d < kSize; ++d) samples(i, d) = static_cast<float>(random.normal());
    samples(i, 0) += i % 4 == 0 ? 5.0F : -5.0F;
  }
  return samples;
}

Mixture small_mixture() {
  Mixture mixture{
      .weights = {0.3F, 0.7F}, .means = Matrix(2, kSize), .variances = Matrix(2, kSize)};
  for (int d = 0; d < kSize; ++d) {
    mixture.means(0, d) = 0.5F;
    mixture.means(1, d) = -0.2F * static_cast<float>(d);
    mixture.variances(0, d) = 1.5F;
    mixture.variances(1, d) = 0.5F + static_cast<float>(d);
  }
  return mixture;
}

Matrix identity(std::int64_t size) {
  Matrix m(size, size);
  add_to_diagonal(m, 1);
  return m;
}

TEST(Mixture, FindsTheCloudsTheSamplesCameFrom) {
  const Mixture mixture =
      fit_mixture(two_clouds(2000), {.components = 2, .iterations = 20, .seed = 1});
  const std::int64_t right = mixture.means(0, 0) > 0 ? 0 : 1;
  EXPECT_NEAR(mixture.means(right, 0), 5, 0.2);
  EXPECT_NEAR(mixture.means(1 - right, 0), -5, 0.2);
  EXPECT_NEAR(mixture.weights[static_cast<std::size_t>(right)], 0.25, 0.01);
  EXPECT_NEAR(mixture.variances(right, 1), 1, 0.2);
}

TEST(Mixture, HasNoMoreComponentsThanSamples) {
  const Mixture mixture = fit_mixture(two_clouds(3), {.components = 8, .iterations = 2});
  EXPECT_EQ(mixture.means.rows(), 3);
}

double density(const Mixture& mixture, std::int64_t k, std::span<const float> x) {
  double log = std::log(static_cast<double>(mixture.weights[static_cast<std::size_t>(k)]));
  for (std::int64_t d = 0; d < kSize; ++d) {
    const double variance = static_cast<double>(mixture.variances(k, d));
    const double distance =
        static_cast<double>(x[static_cast<std::size_t>(d)] - mixture.means(k, d));
    log -= 0.5 * (std::log(2 * M_PI * variance) + distance * distance / variance);
  }
  return std::exp(log);
}

TEST(FisherEncoder, PosteriorsFollowBayes) {
  const Mixture mixture = small_mixture();
  const FisherEncoder encoder(Floats(kSize), identity(kSize), mixture);
  const Matrix samples = two_clouds(20);
  const Matrix found = encoder.posteriors(samples);
  for (std::int64_t i = 0; i < samples.rows(); ++i) {
    const double a = density(mixture, 0, samples.row(i)), b = density(mixture, 1, samples.row(i));
    EXPECT_NEAR(found(i, 0), a / (a + b), 1e-4);
    EXPECT_NEAR(found(i, 1), b / (a + b), 1e-4);
  }
}

TEST(FisherEncoder, AgreesWithTheDefinition) {
  const Mixture mixture = small_mixture();
  const Floats mean = {0.1F, 0.2F, 0.3F};
  const FisherEncoder encoder(mean, identity(kSize), mixture);
  LocalDescriptors patches{.values = two_clouds(30)};
  for (int i = 0; i < 30; ++i) patches.cells.push_back(i % (kCells * kCells));
  const Matrix cells = encoder.cell_sums(patches);
  Floats sums(static_cast<std::size_t>(cells.cols()));
  add_cells_under(cells, CellBox{}, 0, sums);
  Floats found(static_cast<std::size_t>(encoder.length()));
  encoder.encode(sums, found);

  std::vector<double> expected(found.size());
  for (std::int64_t i = 0; i < 30; ++i) {
    Floats x(kSize);
    for (std::size_t d = 0; d < kSize; ++d) x[d] = patches.values.row(i)[d] - mean[d];
    const std::array<double, 2> parts = {density(mixture, 0, x), density(mixture, 1, x)};
    for (std::int64_t k = 0; k < 2; ++k) {
      const double share = parts[static_cast<std::size_t>(k)] / (parts[0] + parts[1]);
      const double weight = static_cast<double>(mixture.weights[static_cast<std::size_t>(k)]);
      for (std::int64_t d = 0; d < kSize; ++d) {
        const double z = static_cast<double>(x[static_cast<std::size_t>(d)] - mixture.means(k, d)) /
                         std::sqrt(static_cast<double>(mixture.variances(k, d)));
        expected[static_cast<std::size_t>(k * kSize + d)] += share * z / std::sqrt(weight);
        expected[static_cast<std::size_t>((2 + k) * kSize + d)] +=
            share * (z * z - 1) / std::sqrt(2 * weight);
      }
    }
  }
  double length = 0;
  for (const double value : expected) length += std::abs(value);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double root = std::copysign(std::sqrt(std::abs(expected[i]) / length), expected[i]);
    EXPECT_NEAR(found[i], root, 5e-3) << "number " << i;
  }
}

TEST(FisherEncoder, AWindowWithoutPatchesIsZero) {
  const FisherEncoder encoder(Floats(kSize), identity(kSize), small_mixture());
  const Floats sums(static_cast<std::size_t>(encoder.components() + encoder.length()));
  Floats found(static_cast<std::size_t>(encoder.length()), 1.0F);
  encoder.encode(sums, found);
  for (const float value : found) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace unimo::stages
