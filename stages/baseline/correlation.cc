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

void add(Matrix& sum, const Matrix& part) {
  if (sum.rows() == 0) sum = Matrix(part.rows(), part.cols());
  for (std::int64_t i = 0; i < sum.rows() * sum.cols(); ++i) sum.data()[i] += part.data()[i];
}

struct Sums {
  std::vector<double> left, right;
  double rows = 0;
};

void add_columns(const Matrix& m, std::vector<double>& sums) {
  sums.resize(static_cast<std::size_t>(m.cols()));
  for (std::int64_t i = 0; i < m.rows(); ++i) {
    const auto row = m.row(i);
    for (std::size_t j = 0; j < row.size(); ++j) sums[j] += static_cast<double>(row[j]);
  }
}

Floats divided(const std::vector<double>& sums, double by) {
  Floats out;
  for (const double sum : sums) out.push_back(static_cast<float>(sum / by));
  return out;
}

struct Covariances {
  Floats left_mean, right_mean;
  Matrix left, right, cross;
};

// Means first: sums of squares around zero would lose what differs when means are large.
Covariances covariances_of(const PairBlocks& pairs, int threads) {
  Sums sums;
  for (std::int64_t b = 0; b < pairs.count; ++b) {
    const auto [left, right] = pairs.block(b);
    UNIMO_CHECK(left.rows() == right.rows(), "{} rows beside {}", left.rows(), right.rows());
    add_columns(left, sums.left);
    add_columns(right, sums.right);
    sums.rows += static_cast<double>(left.rows());
  }
  UNIMO_CHECK(sums.rows > 0, "no pairs to correlate");
  Covariances result{.left_mean = divided(sums.left, sums.rows),
                     .right_mean = divided(sums.right, sums.rows)};
  for (std::int64_t b = 0; b < pairs.count; ++b) {
    auto [left, right] = pairs.block(b);
    subtract_row(left, result.left_mean);
    subtract_row(right, result.right_mean);
    add(result.left, multiply(left, left, Side::kTransposed, Side::kPlain, threads));
    add(result.right, multiply(right, right, Side::kTransposed, Side::kPlain, threads));
    add(result.cross, multiply(left, right, Side::kTransposed, Side::kPlain, threads));
  }
  for (Matrix* m : {&result.left, &result.right, &result.cross}) scale(*m, 1 / sums.rows);
  return result;
}

void add_ridge(Matrix& covariance, double ridge) {
  const double mean = trace(covariance) / static_cast<double>(covariance.rows());
  add_to_diagonal(covariance, ridge * mean + 1e-12);
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

Cca fit_cca(const Matrix& left, const Matrix& right, const CcaSettings& settings) {
  return fit_cca({.count = 1, .block = [&](std::int64_t) { return std::pair(left, right); }},
                 settings);
}

Cca fit_cca(const PairBlocks& pairs, const CcaSettings& settings) {
  Covariances covariances = covariances_of(pairs, settings.threads);
  add_ridge(covariances.left, settings.left_ridge);
  add_ridge(covariances.right, settings.right_ridge);
  const Matrix left_root = cholesky(covariances.left);
  const Matrix right_root = cholesky(covariances.right);
  Cca cca{.left_mean = std::move(covariances.left_mean),
          .right_mean = std::move(covariances.right_mean)};
  // Whitened cross-covariance m = L⁻¹ C R⁻ᵀ; its singular vectors are the directions.
  const Matrix half = solve_lower(left_root, covariances.cross);           // [left, right]
  const Matrix m = transposed(solve_lower(right_root, transposed(half)));  // [left, right]
  const Eigen eigen =
      eigen_symmetric(multiply(m, m, Side::kPlain, Side::kTransposed, settings.threads));
  const std::int64_t dims = std::min({settings.dims, m.rows(), m.cols()});
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
