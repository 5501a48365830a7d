#include "evaluators/rouge_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "orchestrator/base/in_parallel.h"

namespace unimo::eval {

namespace {

constexpr std::size_t kSamples = 1000;  // -r 1000
// -c 95 cuts 2.5 % off at both ends: of ascending means the program takes these two.
constexpr std::size_t kLow = 25;
constexpr std::size_t kHigh = 974;

RougeRow mean_of_sample(std::span<const RougeRow> rows, std::size_t sample) {
  PerlRandom random(static_cast<std::uint32_t>(sample));
  RougeRow sums{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RougeRow& row = rows[random.below(rows.size())];
    for (std::size_t k = 0; k < kRougeValues; ++k) sums[k] += row[k];
  }
  for (double& sum : sums) sum /= static_cast<double>(rows.size());
  return sums;
}

Estimate estimate(std::vector<double> means) {
  std::sort(means.begin(), means.end());
  // Ascending, as the program adds them.
  const double sum = std::accumulate(means.begin(), means.end(), 0.0);
  return {.mean = five_decimals(sum / static_cast<double>(kSamples)),
          .low = five_decimals(means[kLow]),
          .high = five_decimals(means[kHigh])};
}

// Indices below `count` in the order of their names.
template <class Name>
std::vector<std::size_t> sorted_by_name(std::size_t count, const Name& name) {
  std::vector<std::string> names(count);
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) {
    names[i] = name(i);
    order[i] = i;
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
  return order;
}

}  // namespace

std::string_view to_string(DocumentOrder order) {
  return order == DocumentOrder::kPyrouge ? "pyrouge" : "line";
}

std::vector<std::size_t> bootstrap_order(std::size_t documents, DocumentOrder order) {
  // The name of an evaluation is its number and the system's.
  auto drawn =
      sorted_by_name(documents, [](std::size_t i) { return std::to_string(i + 1) + ".1"; });
  if (order == DocumentOrder::kLineNumber) return drawn;
  const auto files =
      sorted_by_name(documents, [](std::size_t i) { return std::to_string(i) + ".txt"; });
  for (std::size_t& number : drawn) number = files[number];
  return drawn;
}

double five_decimals(double value) {
  constexpr double kScale = 1e5;
  const double scaled = value * kScale;
  const double below = std::floor(scaled);
  // The product is rounded; the rest that it lost decides where it seems to lie half-way.
  const double lost = std::fma(value, kScale, -scaled);
  const double half = (scaled - below) - 0.5;
  const bool odd = std::fmod(below, 2.0) != 0;
  const bool up = half > 0 || (half == 0 && (lost > 0 || (lost == 0 && odd)));
  return (up ? below + 1 : below) / kScale;
}

std::array<Estimate, kRougeValues> bootstrap(std::span<const RougeRow> rows, int threads) {
  std::array<Estimate, kRougeValues> estimates;
  if (rows.empty()) return estimates;
  std::vector<RougeRow> samples(kSamples);
  in_parallel(kSamples, threads,
              [&](std::size_t sample) { samples[sample] = mean_of_sample(rows, sample); });
  for (std::size_t k = 0; k < kRougeValues; ++k) {
    std::vector<double> means;
    for (const RougeRow& sample : samples) means.push_back(sample[k]);
    estimates[k] = estimate(std::move(means));
  }
  return estimates;
}

}  // namespace unimo::eval
