// Regularised canonical correlation: directions in two spaces along which pairs agree most.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "stages/regions/matrix.h"

namespace unimo::stages {

struct CcaSettings {
  std::int64_t dims = 256;
  // Added to the diagonals of the covariances, in mean eigenvalues.
  double left_ridge = 0.3;
  double right_ridge = 0.3;
  int threads = 1;
};

struct Cca {
  Floats left_mean, right_mean;
  Matrix left;                       // [left size, dims]
  Matrix right;                      // [right size, dims]
  std::vector<double> correlations;  // [dims], the largest first
};

// Pairs of rows, a block at a time, so that a large collection need not be in memory. `block` is
// called twice for each number in [0, count) and must give the same rows both times: left and right
// of the same length.
struct PairBlocks {
  std::int64_t count = 0;
  std::function<std::pair<Matrix, Matrix>(std::int64_t)> block;
};

// Keeps fewer directions when there are fewer.
Cca fit_cca(const PairBlocks& pairs, const CcaSettings& settings);
// All pairs at once.
Cca fit_cca(const Matrix& left, const Matrix& right, const CcaSettings& settings);

// rows [n, size] along the directions, each weighted by its correlation to `power`, scaled to
// length 1.
Matrix project(const Matrix& rows, const Floats& mean, const Matrix& directions,
               const std::vector<double>& correlations, double power);

}  // namespace unimo::stages
