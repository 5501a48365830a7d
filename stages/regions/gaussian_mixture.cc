#include <algorithm>
#include <cstring>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/regions/fisher_vector.h"
#include "stages/regions/linear.h"
#include "stages/regions/parallel.h"
#include "trainer/data/random.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kBatch = 4096;
constexpr int kMeansRounds = 8;
constexpr float kVarianceFloor = 0.01F;  // of the spread of all samples in that coordinate

// Sums of one batch of samples, added up in the order of the batches.
struct Moments {
  std::vector<double> counts;  // [components]
  Matrix sums;                 // [components, 2 size]: of values, then of squares
};

// Each sample followed by its squares: what both steps need in every round.
Matrix with_squares(const Matrix& samples) {
  const std::int64_t size = samples.cols();
  Matrix both(samples.rows(), 2 * size);
  for (std::int64_t i = 0; i < samples.rows(); ++i) {
    for (std::int64_t d = 0; d < size; ++d) {
      const float value = samples(i, d);
      both(i, d) = value;
      both(i, size + d) = value * value;
    }
  }
  return both;
}

Matrix rows_of(const Matrix& all, std::int64_t first, std::int64_t count) {
  Matrix rows(count, all.cols());
  std::memcpy(rows.data(), all.row(first).data(),
              static_cast<std::size_t>(count * all.cols()) * sizeof(float));
  return rows;
}

// shares(rows of `both`) gives [rows, components]: how much of each sample belongs to each.
template <class Shares>
Moments collect(const Matrix& both, std::int64_t components, int threads, Shares shares) {
  const std::int64_t batches = (both.rows() + kBatch - 1) / kBatch;
  std::vector<Moments> parts(static_cast<std::size_t>(batches));
  parallel_for(batches, threads, [&](std::int64_t batch) {
    const std::int64_t first = batch * kBatch;
    const Matrix rows = rows_of(both, first, std::min(kBatch, both.rows() - first));
    const Matrix share = shares(rows);
    Moments& part = parts[static_cast<std::size_t>(batch)];
    part.counts.assign(static_cast<std::size_t>(components), 0.0);
    for (std::int64_t i = 0; i < share.rows(); ++i) {
      const auto row = share.row(i);
      for (std::size_t k = 0; k < row.size(); ++k) part.counts[k] += static_cast<double>(row[k]);
    }
    part.sums = multiply(share, rows, Side::kTransposed);
  });
  Moments total = std::move(parts.front());
  for (std::size_t p = 1; p < parts.size(); ++p) {
    for (std::size_t k = 0; k < total.counts.size(); ++k) total.counts[k] += parts[p].counts[k];
    for (std::int64_t i = 0; i < total.sums.rows() * total.sums.cols(); ++i) {
      total.sums.data()[i] += parts[p].sums.data()[i];
    }
  }
  return total;
}

// One for the nearest mean, zero for the others. |x - µ|² is smallest where x µ - |µ|²/2 is
// largest.
Matrix nearest(const Matrix& rows, const Matrix& means) {
  Matrix directions(rows.cols(), means.rows());  // the squares of `rows` count nothing
  Floats half_norms;
  for (std::int64_t k = 0; k < means.rows(); ++k) {
    float norm = 0;
    for (std::int64_t d = 0; d < means.cols(); ++d) {
      directions(d, k) = means(k, d);
      norm += means(k, d) * means(k, d);
    }
    half_norms.push_back(norm / 2);
  }
  Matrix products(rows.rows(), means.rows());
  multiply_into(rows.data(), rows.rows(), directions, products.data());
  for (std::int64_t i = 0; i < products.rows(); ++i) {
    const auto row = products.row(i);
    for (std::size_t k = 0; k < row.size(); ++k) row[k] -= half_norms[k];
    const auto best = std::ranges::max_element(row);
    const auto place = best - row.begin();
    std::ranges::fill(row, 0.0F);
    row[static_cast<std::size_t>(place)] = 1;
  }
  return products;
}

// A component that lost all its samples keeps its old place.
void update(Mixture& mixture, const Moments& moments, const Floats& floors, std::int64_t samples) {
  const std::int64_t size = mixture.means.cols();
  for (std::int64_t k = 0; k < mixture.means.rows(); ++k) {
    const double count = moments.counts[static_cast<std::size_t>(k)];
    mixture.weights[static_cast<std::size_t>(k)] =
        static_cast<float>(count / static_cast<double>(samples));
    if (count < 1e-3) continue;
    for (std::int64_t d = 0; d < size; ++d) {
      const double mean = static_cast<double>(moments.sums(k, d)) / count;
      const double square = static_cast<double>(moments.sums(k, size + d)) / count;
      mixture.means(k, d) = static_cast<float>(mean);
      mixture.variances(k, d) =
          std::max(static_cast<float>(square - mean * mean), floors[static_cast<std::size_t>(d)]);
    }
  }
}

Floats variance_floors(const Matrix& samples) {
  const Floats means = column_means(samples);
  std::vector<double> squares(means.size());
  for (std::int64_t i = 0; i < samples.rows(); ++i) {
    for (std::size_t d = 0; d < means.size(); ++d) {
      const double value = static_cast<double>(samples.row(i)[d] - means[d]);
      squares[d] += value * value;
    }
  }
  Floats floors;
  for (const double square : squares) {
    floors.push_back(
        kVarianceFloor * static_cast<float>(square / static_cast<double>(samples.rows())) + 1e-10F);
  }
  return floors;
}

}  // namespace

Mixture fit_mixture(const Matrix& samples, const MixtureSettings& settings) {
  UNIMO_CHECK(samples.rows() > 0, "no samples to fit {} components to", settings.components);
  const std::int64_t components = std::min<std::int64_t>(settings.components, samples.rows());
  Mixture mixture{.weights = Floats(static_cast<std::size_t>(components)),
                  .means = Matrix(components, samples.cols()),
                  .variances = Matrix(components, samples.cols())};
  trainer::Random random({.seed = settings.seed, .stream = trainer::stream_of("regions.mixture")});
  const auto chosen = random.choose(static_cast<std::uint64_t>(samples.rows()),
                                    static_cast<std::uint64_t>(components));
  for (std::int64_t k = 0; k < components; ++k) {
    const auto from = samples.row(static_cast<std::int64_t>(chosen[static_cast<std::size_t>(k)]));
    std::copy(from.begin(), from.end(), mixture.means.row(k).begin());
  }
  const Floats floors = variance_floors(samples);
  const Matrix both = with_squares(samples);
  for (int round = 0; round < kMeansRounds; ++round) {
    const auto shares = [&](const Matrix& rows) { return nearest(rows, mixture.means); };
    update(mixture, collect(both, components, settings.threads, shares), floors, samples.rows());
  }
  for (int round = 0; round < settings.iterations; ++round) {
    const FisherEncoder encoder({}, {}, mixture);
    const auto shares = [&](const Matrix& rows) { return encoder.posteriors_of_pairs(rows); };
    update(mixture, collect(both, components, settings.threads, shares), floors, samples.rows());
  }
  return mixture;
}

}  // namespace unimo::stages
