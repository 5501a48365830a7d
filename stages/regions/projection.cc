#include "stages/regions/projection.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/regions/linear.h"
#include "trainer/data/random.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kExactColumns = 1024;
constexpr std::int64_t kOversampling = 32;
constexpr int kRounds = 5;

struct Components {
  Matrix basis;  // [length, found]: orthonormal columns, the largest variance first
  std::vector<double> variances;  // [found]
};

Components from_covariance(const Matrix& covariance, const Matrix* frame, int threads) {
  const Eigen eigen = eigen_symmetric(covariance);
  Components components{.variances = eigen.values};
  Matrix identity(covariance.rows(), covariance.rows());
  add_to_diagonal(identity, 1);
  components.basis = multiply(frame != nullptr ? *frame : identity, eigen.vectors, Side::kPlain,
                              Side::kTransposed, threads);
  return components;
}

Matrix covariance_of(const Matrix& rows, int threads) {
  Matrix covariance = multiply(rows, rows, Side::kTransposed, Side::kPlain, threads);
  const float factor = 1 / static_cast<float>(std::max<std::int64_t>(rows.rows(), 1));
  for (std::int64_t i = 0; i < covariance.rows() * covariance.cols(); ++i) {
    covariance.data()[i] *= factor;
  }
  return covariance;
}

Components by_subspace_iteration(const Matrix& rows, const ProjectionSettings& settings) {
  const std::int64_t width = std::min({settings.size + kOversampling, rows.cols(), rows.rows()});
  Matrix frame(rows.cols(), width);
  trainer::Random random(
      {.seed = settings.seed, .stream = trainer::stream_of("regions.projection")});
  for (std::int64_t i = 0; i < frame.rows() * frame.cols(); ++i) {
    frame.data()[i] = static_cast<float>(random.normal());
  }
  for (int round = 0; round < kRounds; ++round) {
    frame = orthonormal_columns(frame, settings.threads);
    const Matrix seen = multiply(rows, frame, Side::kPlain, Side::kPlain, settings.threads);
    frame = multiply(rows, seen, Side::kTransposed, Side::kPlain, settings.threads);
  }
  // Twice: one pass leaves the columns of a badly conditioned frame slightly oblique.
  frame = orthonormal_columns(orthonormal_columns(frame, settings.threads), settings.threads);
  const Matrix seen = multiply(rows, frame, Side::kPlain, Side::kPlain, settings.threads);
  return from_covariance(covariance_of(seen, settings.threads), &frame, settings.threads);
}

}  // namespace

Matrix Projection::apply(const Matrix& rows) const {
  Matrix centred = rows;
  subtract_row(centred, mean);
  return multiply(centred, basis);
}

Projection fit_projection(Matrix& rows, const ProjectionSettings& settings) {
  UNIMO_CHECK(rows.rows() > 0, "no rows to project");
  Projection projection{.mean = column_means(rows), .basis = Matrix(rows.cols(), settings.size)};
  subtract_row(rows, projection.mean);
  const Components components =
      rows.cols() <= kExactColumns
          ? from_covariance(covariance_of(rows, settings.threads), nullptr, settings.threads)
          : by_subspace_iteration(rows, settings);
  const double negligible = 1e-7 * std::max(components.variances.front(), 1e-30);
  std::vector<double> scales;
  double energy = 0;
  for (std::int64_t j = 0; j < std::min(settings.size, components.basis.cols()); ++j) {
    const double variance = components.variances[static_cast<std::size_t>(j)];
    if (variance <= negligible) break;
    scales.push_back(std::pow(variance, -0.5 * settings.whitening));
    energy += variance * scales.back() * scales.back();
  }
  const double factor =
      settings.energy > 0 && energy > 0 ? std::sqrt(settings.energy / energy) : 1.0;
  for (std::int64_t i = 0; i < rows.cols(); ++i) {
    for (std::size_t j = 0; j < scales.size(); ++j) {
      const auto column = static_cast<std::int64_t>(j);
      projection.basis(i, column) =
          static_cast<float>(static_cast<double>(components.basis(i, column)) * scales[j] * factor);
    }
  }
  return projection;
}

}  // namespace unimo::stages
