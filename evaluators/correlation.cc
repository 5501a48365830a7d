#include "evaluators/correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

bool is_defined(std::span<const double> values) {
  const bool constant = std::all_of(values.begin(), values.end(),
                                    [&](double value) { return value == values.front(); });
  return !constant &&
         std::none_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

// Centred, with a Euclidean norm of 1. Scaled by the largest first, so that squares do not
// overflow.
std::vector<double> standardised(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / count;
  std::vector<double> centred;
  centred.reserve(values.size());
  double largest = 0;
  for (const double value : values) {
    centred.push_back(value - mean);
    largest = std::max(largest, std::abs(centred.back()));
  }
  double squares = 0;
  for (double& value : centred) {
    value /= largest;
    squares += value * value;
  }
  const double norm = std::sqrt(squares);
  for (double& value : centred) value /= norm;
  return centred;
}

}  // namespace

double pearson(std::span<const double> gold, std::span<const double> predicted) {
  UNIMO_CHECK(gold.size() == predicted.size(), "{} gold values but {} predicted ones", gold.size(),
              predicted.size());
  if (!is_defined(gold) || !is_defined(predicted)) return kUndefined;
  const auto a = standardised(gold);
  const auto b = standardised(predicted);
  const double product = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  return std::clamp(product, -1.0, 1.0);
}

std::vector<double> mean_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    // Ranks begin + 1 to end.
    const double mean = static_cast<double>(begin + 1 + end) / 2;
    for (; begin < end; ++begin) ranks[order[begin]] = mean;
  }
  return ranks;
}

double spearman(std::span<const double> gold, std::span<const double> predicted) {
  if (!is_defined(gold) || !is_defined(predicted)) return kUndefined;
  return pearson(mean_ranks(gold), mean_ranks(predicted));
}

std::string pearson_signature(std::size_t items) {
  return fmt::format("pearson|items:{}|scale:100|version:1", items);
}

std::string spearman_signature(std::size_t items) {
  return fmt::format("spearman|ties:mean rank|items:{}|scale:100|version:1", items);
}

}  // namespace unimo::eval
