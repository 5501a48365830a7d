// Principal components: long vectors to short ones that keep most of what differs between them.
#pragma once

#include <cstdint>

#include "stages/regions/matrix.h"

namespace unimo::stages {

struct Projection {
  Floats mean;   // [length]
  Matrix basis;  // [length, size]
  std::int64_t size() const { return basis.cols(); }
  // rows [n, length] to [n, size]
  Matrix apply(const Matrix& rows) const;
};

struct ProjectionSettings {
  std::int64_t size = 0;
  // Coordinates are divided by their standard deviation to this power: 0 keeps them, 1 whitens.
  double whitening = 0;
  // Afterwards all coordinates together have this mean square; 0 leaves them as they are.
  double energy = 0;
  std::uint64_t seed = 1;
  int threads = 1;
};

// Overwrites `rows` (centres them). Coordinates beyond the rank of `rows` are always zero. Up to
// 1,024 columns the components are exact; beyond, they come from a seeded subspace iteration
// (Halko, Martinsson and Tropp 2011).
Projection fit_projection(Matrix& rows, const ProjectionSettings& settings);

}  // namespace unimo::stages
