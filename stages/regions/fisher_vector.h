// Fisher vectors: how the small patches of a window differ from those of an average photograph, as
// the gradient of a Gaussian mixture's likelihood for its means and variances (Perronnin et al.
// 2010).
#pragma once

#include <cstdint>
#include <span>

#include "stages/regions/local_descriptors.h"
#include "stages/regions/matrix.h"

namespace unimo::stages {

// Gaussians without covariances. Rows are components.
struct Mixture {
  Floats weights;    // [components]
  Matrix means;      // [components, size]
  Matrix variances;  // [components, size]
};

struct MixtureSettings {
  int components = 64;
  int iterations = 20;
  std::uint64_t seed = 1;
  int threads = 1;
};
// Expectation and maximisation from seeded starting points. `samples` may be fewer than components.
Mixture fit_mixture(const Matrix& samples, const MixtureSettings& settings);

// One kind of patches: projection of descriptors, mixture, and the sums over cells that all windows
// share. After construction all calls may overlap.
class FisherEncoder {
 public:
  FisherEncoder() = default;
  // `projection` is [descriptor length, size]; applied after subtracting `mean`.
  FisherEncoder(Floats mean, Matrix projection, Mixture mixture);

  std::int64_t components() const { return mixture_.means.rows(); }
  std::int64_t size() const { return mixture_.means.cols(); }
  // Length of a Fisher vector: gradients for means, then for variances.
  std::int64_t length() const { return 2 * components() * size(); }

  // Per cell: for each component the sum of posteriors, then of posterior times descriptor, then
  // times its square: [144, components + length].
  Matrix cell_sums(const LocalDescriptors& descriptors) const;

  // The vector of a window from its sums (add_cells_under of cell_sums): signed square root, length
  // 1; zeros for a window without patches.
  void encode(std::span<const float> sums, std::span<float> vector) const;

  // Probability of each component for projected descriptors: [n, components].
  Matrix posteriors(const Matrix& projected) const;
  // The same where each descriptor is followed by its squares: [n, 2 size].
  Matrix posteriors_of_pairs(const Matrix& both) const;

 private:
  Floats mean_;
  Matrix projection_;
  Mixture mixture_;
  Matrix likelihood_weights_;  // [2 size, components]
  Floats likelihood_constants_;
};

}  // namespace unimo::stages
