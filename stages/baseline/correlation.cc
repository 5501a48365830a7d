#include "stages/baseline/correlation.h"

#include <algorithm>
#include <cmath>

#include "orchestrator/base/result.h"
#include "stages/regions/linear.h"

namespace unimo::stages {

namespace {

void scale(Matrix& m, double factor) {
  for (std::int64_t i = 0; i < m.rows() * m.cols(); ++i) {
    m.data()[i] = static_cast<float>(static_cast<double>(m.data()[i]) * factor);
  }
}

Matrix ridged_covariance(const Matrix& rows, double ridge, int threads) {
  Matrix covariance = multiply(rows, rows, Side::kTransposed, Side::kPlain, threads);
  scale(covariance, 1 / static_cast<double>(rows.rows()));
  const double mean = trace(covariance) / static_cast<double>(covariance.rows());
  add_to_diagonal(covariance, ridge * mean + 1e-12);
  return covariance;
}

Matrix transposed(const Matrix& m) {
  Matrix t(m.cols(), m.rows());
  for (std::int64_t i = 0; i < m.rows(); ++i) {
    for (std::int64_t j = 0; j < m.cols(); ++j) t(j, i) = m(i, j);
  }
  return t;
}

// The first `count` rows, as columns.
Matrix leading_columns(const Matrix& rows, std::int64_t count) {
  Matrix columns(rows.cols(), count);
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j < rows.cols(); ++j) columns(j, i) = rows(i, j);
  }
  return columns;
}

}  // namespace

Cca fit_cca(Matrix& left, Matrix& right, const CcaSettings& settings) {
  UNIMO_CHECK(left.rows() == right.rows() && left.rows() > 0, "{} rows beside {}", left.rows(),
              right.rows());
  Cca cca{.left_mean = column_means(left), .right_mean = column_means(right)};
  subtract_row(left, cca.left_mean);
  subtract_row(right, cca.right_mean);
  const Matrix left_root = cholesky(ridged_covariance(left, settings.left_ridge, settings.threads));
  const Matrix right_root =
      cholesky(ridged_covariance(right, settings.right_ridge, settings.threads));
  Matrix cross = multiply(left, right, Side::kTransposed, Side::kPlain, settings.threads);
  scale(cross, 1 / static_cast<double>(left.rows()));
  // Whitened cross-covariance m = L⁻¹ C R⁻ᵀ; its singular vectors are the directions.
  const Matrix half = solve_lower(left_root, cross);                       // [left, right]
  const Matrix m = transposed(solve_lower(right_root, transposed(half)));  // [left, right]
  const Eigen eigen =
      eigen_symmetric(multiply(m, m, Side::kPlain, Side::kTransposed, settings.threads));
  const std::int64_t dims = std::min({settings.dims, left.cols(), right.cols()});
  for (std::int64_t i = 0; i < dims; ++i) {
    const double squared = eigen.values[static_cast<std::size_t>(i)];
    if (squared < 1e-9) break;
    cca.correlations.push_back(std::sqrt(squared));
  }
  const auto found = static_cast<std::int64_t>(cca.correlations.size());
  const Matrix u = leading_columns(eigen.vectors, found);  // [left, found]
  Matrix v = multiply(m, u, Side::kTransposed, Side::kPlain, settings.threads);
  for (std::int64_t i = 0; i < v.rows(); ++i) {
    for (std::int64_t j = 0; j < found; ++j) {
      v(i, j) /= static_cast<float>(cca.correlations[static_cast<std::size_t>(j)]);
    }
  }
  cca.left = solve_lower(left_root, u, Side::kTransposed);
  cca.right = solve_lower(right_root, v, Side::kTransposed);
  return cca;
}

Matrix project(const Matrix& rows, const Floats& mean, const Matrix& directions,
               const std::vector<double>& correlations, double power) {
  Matrix centred = rows;
  subtract_row(centred, mean);
  Matrix out = multiply(centred, directions);
  for (std::int64_t i = 0; i < out.rows(); ++i) {
    const auto row = out.row(i);
    float squares = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] *= static_cast<float>(std::pow(correlations[j], power));
      squares += row[j] * row[j];
    }
    const float factor = squares > 0 ? 1 / std::sqrt(squares) : 0.0F;
    for (float& value : row) value *= factor;
  }
  return out;
}

}  // namespace unimo::stages
