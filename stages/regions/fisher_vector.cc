#include "stages/regions/fisher_vector.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "orchestrator/base/result.h"
#include "stages/regions/linear.h"
#include "stages/regions/softmax.h"
#include "stages/regions/vectorised.h"
#include "stages/regions/windows.h"

namespace unimo::stages {

namespace {

// A component that explains less than this of a patch is left out of its sums; the sums change by
// less than rounding to half precision does, and take a tenth of the time.
constexpr float kNegligible = 1e-3F;
constexpr std::int64_t kBatch =
    512;  // patches at a time: their numbers stay in the second-level cache

UNIMO_VECTORISED void add_patch(const float* __restrict x, std::size_t size, float share,
                                float* __restrict sums, float* __restrict squares) {
  for (std::size_t d = 0; d < size; ++d) {
    const float scaled = share * x[d];
    sums[d] += scaled;
    squares[d] += scaled * x[d];
  }
}

UNIMO_VECTORISED void append_squares(const float* __restrict x, std::size_t rows, std::size_t size,
                                     float* __restrict both) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t d = 0; d < size; ++d) {
      const float value = x[i * size + d];
      both[2 * i * size + d] = value;
      both[(2 * i + 1) * size + d] = value * value;
    }
  }
}

UNIMO_VECTORISED void subtract_mean(const float* __restrict x, const float* __restrict mean,
                                    std::size_t rows, std::size_t size, float* __restrict out) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t d = 0; d < size; ++d) out[i * size + d] = x[i * size + d] - mean[d];
  }
}

UNIMO_VECTORISED float signed_root(float* __restrict v, std::size_t count) {
  float squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float magnitude = v[i] < 0 ? -v[i] : v[i];
    const float root = std::sqrt(magnitude);
    v[i] = v[i] < 0 ? -root : root;
    squares += magnitude;
  }
  return squares;
}

// log(weight) - size/2 log(2π) - 1/2 Σ (log variance + mean² / variance)
float constant_of(const Mixture& mixture, std::int64_t k) {
  double sum =
      std::log(std::max(static_cast<double>(mixture.weights[static_cast<std::size_t>(k)]), 1e-12));
  for (std::int64_t d = 0; d < mixture.means.cols(); ++d) {
    const double mean = static_cast<double>(mixture.means(k, d));
    const double variance = static_cast<double>(mixture.variances(k, d));
    sum -= 0.5 * (std::log(6.283185307179586 * variance) + mean * mean / variance);
  }
  return static_cast<float>(sum);
}

}  // namespace

FisherEncoder::FisherEncoder(Floats mean, Matrix projection, Mixture mixture)
    : mean_(std::move(mean)), projection_(std::move(projection)), mixture_(std::move(mixture)) {
  likelihood_weights_ = Matrix(2 * size(), components());
  for (std::int64_t k = 0; k < components(); ++k) {
    for (std::int64_t d = 0; d < size(); ++d) {
      likelihood_weights_(d, k) = mixture_.means(k, d) / mixture_.variances(k, d);
      likelihood_weights_(size() + d, k) = -0.5F / mixture_.variances(k, d);
    }
    likelihood_constants_.push_back(constant_of(mixture_, k));
  }
}

Matrix FisherEncoder::posteriors(const Matrix& projected) const {
  const auto rows = static_cast<std::size_t>(projected.rows());
  Matrix both(projected.rows(), 2 * size());
  append_squares(projected.data(), rows, static_cast<std::size_t>(size()), both.data());
  return posteriors_of_pairs(both);
}

Matrix FisherEncoder::posteriors_of_pairs(const Matrix& both) const {
  Matrix shares(both.rows(), components());
  multiply_into(both.data(), both.rows(), likelihood_weights_, shares.data());
  for (std::int64_t i = 0; i < shares.rows(); ++i) {
    add_and_softmax(shares.row(i), likelihood_constants_);
  }
  return shares;
}

Matrix FisherEncoder::cell_sums(const LocalDescriptors& descriptors) const {
  Matrix cells(kCells * kCells, components() + length());
  const std::int64_t length_in = descriptors.values.cols();
  UNIMO_CHECK(length_in == projection_.rows(), "descriptors of {} numbers, not {}", length_in,
              projection_.rows());
  const auto size_d = static_cast<std::size_t>(size());
  Matrix centred(kBatch, length_in);
  for (std::int64_t first = 0; first < descriptors.values.rows(); first += kBatch) {
    const std::int64_t count = std::min(kBatch, descriptors.values.rows() - first);
    subtract_mean(descriptors.values.row(first).data(), mean_.data(),
                  static_cast<std::size_t>(count), static_cast<std::size_t>(length_in),
                  centred.data());
    Matrix projected(count, size());
    multiply_into(centred.data(), count, projection_, projected.data());
    const Matrix shares = posteriors(projected);
    for (std::int64_t i = 0; i < count; ++i) {
      float* row = cells.row(descriptors.cells[static_cast<std::size_t>(first + i)]).data();
      float* sums = row + components();
      for (std::int64_t k = 0; k < components(); ++k) {
        const float share = shares(i, k);
        if (share < kNegligible) continue;
        row[k] += share;
        add_patch(projected.row(i).data(), size_d, share, sums + k * size(),
                  sums + (components() + k) * size());
      }
    }
  }
  return cells;
}

void FisherEncoder::encode(std::span<const float> sums, std::span<float> vector) const {
  const std::int64_t half = components() * size();
  const float* first = sums.data() + components();
  const float* second = first + half;
  for (std::int64_t k = 0; k < components(); ++k) {
    const float count = sums[static_cast<std::size_t>(k)];
    const float weight = std::sqrt(std::max(mixture_.weights[static_cast<std::size_t>(k)], 1e-12F));
    for (std::int64_t d = 0; d < size(); ++d) {
      const std::int64_t at = k * size() + d;
      const float mean = mixture_.means(k, d);
      const float variance = mixture_.variances(k, d);
      // Σ q (x - µ) / σ and Σ q ((x - µ)² / σ² - 1), from Σ q, Σ q x and Σ q x².
      const float centred = first[at] - mean * count;
      const float spread = second[at] - 2 * mean * first[at] + mean * mean * count;
      vector[static_cast<std::size_t>(at)] = centred / (std::sqrt(variance) * weight);
      vector[static_cast<std::size_t>(half + at)] =
          (spread / variance - count) / (1.41421356F * weight);
    }
  }
  const float squares = signed_root(vector.data(), vector.size());
  const float factor = squares > 0 ? 1 / std::sqrt(squares) : 0.0F;
  for (float& value : vector) value *= factor;
}

}  // namespace unimo::stages
