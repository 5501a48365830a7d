// Linear algebra on matrices of floats: products, eigenvectors, positive definite systems.
//
// Products are cut into parts of a fixed size, each computed by one thread, so that results are the
// same bits for any number of threads. LibTorch does the work; on each thread it must first be told
// to use no further ones, by `use_single_threaded_kernels`. The threads of parallel.h do so
// themselves.
#pragma once

#include <cstdint>
#include <vector>

#include "stages/regions/matrix.h"

namespace unimo::stages {

// For the calling thread: the setting is kept for each thread by the libraries below.
void use_single_threaded_kernels();

enum class Side { kPlain, kTransposed };

// a b, aᵀ b, a bᵀ or aᵀ bᵀ. Sizes must agree.
Matrix multiply(const Matrix& a, const Matrix& b, Side a_side = Side::kPlain,
                Side b_side = Side::kPlain, int threads = 1);

// As a plain product into memory of the caller: out[n, m] = a[n, k] b[k, m].
void multiply_into(const float* a, std::int64_t n, const Matrix& b, float* out);

// Eigenvalues of a symmetric matrix, the largest first, and their vectors as rows.
struct Eigen {
  std::vector<double> values;
  Matrix vectors;
};
Eigen eigen_symmetric(const Matrix& symmetric);

// Solves s x = b for a symmetric positive definite s. Stops the program when s is not.
Matrix solve_positive(const Matrix& s, const Matrix& b);

// The lower triangle l with l lᵀ = s, and solutions of l x = b or lᵀ x = b.
Matrix cholesky(const Matrix& s);
Matrix solve_lower(const Matrix& l, const Matrix& b, Side side = Side::kPlain);

// Orthonormal columns that span what the columns of `m` span. Where these depend on each other, the
// last ones are zero.
Matrix orthonormal_columns(const Matrix& m, int threads);

// Means of the columns; subtracts them in place.
Floats column_means(const Matrix& m);
void subtract_row(Matrix& m, const Floats& row);

void add_to_diagonal(Matrix& m, double value);
double trace(const Matrix& m);

}  // namespace unimo::stages
