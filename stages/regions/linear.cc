#include "stages/regions/linear.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "orchestrator/base/result.h"
#include "stages/regions/parallel.h"

namespace unimo::stages {

namespace {

at::Tensor view(const float* data, std::int64_t rows, std::int64_t cols) {
  // from_blob wants a mutable pointer; nothing here writes through views of inputs.
  return at::from_blob(const_cast<float*>(data), {rows, cols}, at::kFloat);
}

at::Tensor view(const Matrix& m) { return view(m.data(), m.rows(), m.cols()); }

Matrix to_matrix(const at::Tensor& tensor) {
  const at::Tensor floats = tensor.to(at::kFloat).contiguous();
  Matrix m(floats.size(0), floats.size(1));
  std::memcpy(m.data(), floats.const_data_ptr<float>(),
              static_cast<std::size_t>(m.rows() * m.cols()) * sizeof(float));
  return m;
}

}  // namespace

void use_single_threaded_kernels() { at::set_num_threads(1); }

Matrix multiply(const Matrix& a, const Matrix& b, Side a_side, Side b_side, int threads) {
  const at::Tensor left = a_side == Side::kPlain ? view(a) : view(a).t();
  const at::Tensor right = b_side == Side::kPlain ? view(b) : view(b).t();
  UNIMO_CHECK(left.size(1) == right.size(0), "{} columns times {} rows", left.size(1),
              right.size(0));
  Matrix out(left.size(0), right.size(1));
  constexpr std::int64_t kRows = 512;
  parallel_for((out.rows() + kRows - 1) / kRows, threads, [&](std::int64_t part) {
    const std::int64_t first = part * kRows;
    const std::int64_t count = std::min(kRows, out.rows() - first);
    at::Tensor target = view(out.data() + first * out.cols(), count, out.cols());
    at::mm_out(target, left.narrow(0, first, count), right);
  });
  return out;
}

void multiply_into(const float* a, std::int64_t n, const Matrix& b, float* out) {
  at::Tensor target = view(out, n, b.cols());
  at::mm_out(target, view(a, n, b.rows()), view(b));
}

Eigen eigen_symmetric(const Matrix& symmetric) {
  const auto [values, vectors] = at::linalg_eigh(view(symmetric).to(at::kDouble));
  const std::int64_t n = symmetric.rows();
  Eigen eigen{.values = std::vector<double>(static_cast<std::size_t>(n)), .vectors = Matrix(n, n)};
  const at::Tensor rows = vectors.t().contiguous();
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t from = n - 1 - i;  // LAPACK gives the smallest first
    eigen.values[static_cast<std::size_t>(i)] = values.const_data_ptr<double>()[from];
    const double* vector = rows.const_data_ptr<double>() + from * n;
    // The sign of an eigenvector is arbitrary; its largest coordinate shall be positive.
    const double* largest =
        std::max_element(vector, vector + n, [](double x, double y) { return x * x < y * y; });
    const double sign = *largest < 0 ? -1 : 1;
    for (std::int64_t j = 0; j < n; ++j) {
      eigen.vectors(i, j) = static_cast<float>(sign * vector[j]);
    }
  }
  return eigen;
}

Matrix solve_positive(const Matrix& s, const Matrix& b) {
  const at::Tensor factor = at::linalg_cholesky(view(s).to(at::kDouble));
  return to_matrix(at::cholesky_solve(view(b).to(at::kDouble), factor));
}

Matrix cholesky(const Matrix& s) { return to_matrix(at::linalg_cholesky(view(s).to(at::kDouble))); }

Matrix solve_lower(const Matrix& l, const Matrix& b, Side side) {
  const at::Tensor factor = view(l).to(at::kDouble);
  const bool upper = side == Side::kTransposed;
  return to_matrix(
      at::linalg_solve_triangular(upper ? factor.t() : factor, view(b).to(at::kDouble), upper));
}

Matrix orthonormal_columns(const Matrix& m, int threads) {
  // Through the Gram matrix: one pass over a tall matrix instead of one for each column.
  const Eigen eigen = eigen_symmetric(multiply(m, m, Side::kTransposed, Side::kPlain, threads));
  Matrix scaled(m.cols(), m.cols());
  for (std::int64_t j = 0; j < m.cols(); ++j) {
    const double value = eigen.values[static_cast<std::size_t>(j)];
    // Below this the Gram matrix of floats holds only rounding.
    if (value <= 1e-7 * eigen.values.front()) break;
    for (std::int64_t i = 0; i < m.cols(); ++i) {
      scaled(i, j) =
          static_cast<float>(static_cast<double>(eigen.vectors(j, i)) / std::sqrt(value));
    }
  }
  return multiply(m, scaled, Side::kPlain, Side::kPlain, threads);
}

Floats column_means(const Matrix& m) {
  std::vector<double> sums(static_cast<std::size_t>(m.cols()));
  for (std::int64_t i = 0; i < m.rows(); ++i) {
    const auto row = m.row(i);
    for (std::size_t j = 0; j < row.size(); ++j) sums[j] += static_cast<double>(row[j]);
  }
  Floats means(sums.size());
  const double count = static_cast<double>(std::max<std::int64_t>(m.rows(), 1));
  for (std::size_t j = 0; j < sums.size(); ++j) means[j] = static_cast<float>(sums[j] / count);
  return means;
}

void subtract_row(Matrix& m, const Floats& row) {
  for (std::int64_t i = 0; i < m.rows(); ++i) {
    const auto target = m.row(i);
    for (std::size_t j = 0; j < target.size(); ++j) target[j] -= row[j];
  }
}

void add_to_diagonal(Matrix& m, double value) {
  for (std::int64_t i = 0; i < m.rows(); ++i) {
    m(i, i) = static_cast<float>(static_cast<double>(m(i, i)) + value);
  }
}

double trace(const Matrix& m) {
  double sum = 0;
  for (std::int64_t i = 0; i < m.rows(); ++i) sum += static_cast<double>(m(i, i));
  return sum;
}

}  // namespace unimo::stages
