#include "evaluators/significance.h"

#include <algorithm>
#include <cmath>

#include "orchestrator/base/in_parallel.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

// SplitMix64 by its counter: the numbers of one resample, any of them at once.
class Draws {
 public:
  Draws(std::uint64_t seed, std::size_t resample)
      : start_(mix(seed) ^ mix(~std::uint64_t{resample})) {}
  std::uint64_t operator[](std::size_t i) const { return mix(start_ + (i + 1) * kGolden); }

 private:
  static constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
  std::uint64_t start_;
};

// The rows of both systems in one resample.
struct Rows {
  std::vector<std::size_t> first;
  std::vector<std::size_t> second;
  explicit Rows(std::size_t items) : first(items), second(items) {}
};

Rows all_rows(std::size_t items) {
  Rows rows(items);
  for (std::size_t i = 0; i < items; ++i) {
    rows.first[i] = i;
    rows.second[i] = items + i;
  }
  return rows;
}

// The same items for both systems. The bias of the multiplication is below items / 2^32.
void draw_items(const Draws& draws, Rows& rows) {
  const std::size_t items = rows.first.size();
  for (std::size_t i = 0; i < items; ++i) {
    const std::size_t item = ((draws[i] >> 32) * items) >> 32;
    rows.first[i] = item;
    rows.second[i] = items + item;
  }
}

void toss_coins(const Draws& draws, Rows& rows) {
  const std::size_t items = rows.first.size();
  for (std::size_t i = 0; i < items; ++i) {
    const std::size_t swap = draws[i] >> 63;
    rows.first[i] = i + swap * items;
    rows.second[i] = i + (1 - swap) * items;
  }
}

// The difference in every resample; NaN where a score is not defined.
template <class Fill>
std::vector<double> differences(std::size_t items, const CorpusScore& score,
                                const SignificanceOptions& options, const Fill& fill) {
  constexpr std::size_t kBlock = 16;  // resamples that share their rows
  std::vector<double> result(static_cast<std::size_t>(std::max(options.resamples, 0)));
  in_parallel((result.size() + kBlock - 1) / kBlock, options.threads, [&](std::size_t block) {
    Rows rows(items);
    const std::size_t end = std::min(result.size(), (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < end; ++i) {
      fill(Draws(options.seed, i), rows);
      result[i] = score(rows.first) - score(rows.second);
    }
  });
  return result;
}

Significance observed(std::size_t items, const CorpusScore& score) {
  UNIMO_CHECK(items < std::size_t{1} << 32, "{} items are too many to draw from", items);
  const Rows rows = all_rows(items);
  Significance result{.first = score(rows.first), .second = score(rows.second)};
  result.difference = result.first - result.second;
  return result;
}

// Of values in ascending order, with linear interpolation between neighbours.
double percentile(const std::vector<double>& values, double share) {
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
}

void set_interval(std::vector<double> differences, double confidence, Significance& result) {
  std::erase_if(differences, [](double value) { return std::isnan(value); });
  if (differences.empty()) return;
  std::sort(differences.begin(), differences.end());
  result.low = percentile(differences, (1 - confidence) / 2);
  result.high = percentile(differences, (1 + confidence) / 2);
}

template <class SpeaksAgainst>
void set_p(const std::vector<double>& differences, const SpeaksAgainst& against,
           Significance& result) {
  std::size_t count = 1;
  for (const double difference : differences) {
    if (std::isnan(difference)) ++result.undefined;
    if (std::isnan(difference) || against(difference)) ++count;
  }
  result.p = static_cast<double>(count) / static_cast<double>(differences.size() + 1);
}

}  // namespace

CorpusScore mean_score(std::span<const double> first, std::span<const double> second) {
  UNIMO_CHECK(first.size() == second.size(), "{} items of the first system, {} of the second",
              first.size(), second.size());
  std::vector<double> values(first.begin(), first.end());
  values.insert(values.end(), second.begin(), second.end());
  return [values = std::move(values)](std::span<const std::size_t> rows) {
    double sum = 0;
    for (const std::size_t row : rows) sum += values[row];
    return rows.empty() ? 0 : sum / static_cast<double>(rows.size());
  };
}

CorpusScore score_of_sums(const ItemStatistics& first, const ItemStatistics& second,
                          std::function<double(std::span<const double>)> score) {
  UNIMO_CHECK(first.width == second.width && first.values.size() == second.values.size(),
              "the systems have {} and {} numbers", first.values.size(), second.values.size());
  std::vector<double> values = first.values;
  values.insert(values.end(), second.values.begin(), second.values.end());
  return [width = first.width, values = std::move(values),
          score = std::move(score)](std::span<const std::size_t> rows) {
    std::vector<double> sums(width, 0);
    for (const std::size_t row : rows) {
      for (std::size_t i = 0; i < width; ++i) sums[i] += values[row * width + i];
    }
    return score(sums);
  };
}

Significance paired_bootstrap(std::size_t items, const CorpusScore& score,
                              const SignificanceOptions& options) {
  Significance result = observed(items, score);
  const auto resampled = differences(items, score, options, draw_items);
  const double sign = result.difference < 0 ? -1 : 1;
  set_p(
      resampled, [&](double difference) { return !(sign * difference > 0); }, result);
  if (!(std::abs(result.difference) > 0)) result.p = 1;
  set_interval(resampled, options.confidence, result);
  return result;
}

Significance approximate_randomization(std::size_t items, const CorpusScore& score,
                                       const SignificanceOptions& options) {
  Significance result = observed(items, score);
  // Sums in another order differ in their last bits; equal differences must still count as equal.
  const double rounding = 1e-12 * (std::abs(result.first) + std::abs(result.second));
  const double least = std::abs(result.difference) - rounding;
  set_p(
      differences(items, score, options, toss_coins),
      [&](double difference) { return !(std::abs(difference) < least); }, result);
  return result;
}

std::string bootstrap_signature(std::size_t items, const SignificanceOptions& options) {
  return fmt::format(
      "paired_bootstrap|items:{}|resamples:{}|seed:{}|confidence:{}|sides:1|version:1", items,
      options.resamples, options.seed, options.confidence);
}

std::string randomization_signature(std::size_t items, const SignificanceOptions& options) {
  return fmt::format("approximate_randomization|items:{}|resamples:{}|seed:{}|sides:2|version:1",
                     items, options.resamples, options.seed);
}

}  // namespace unimo::eval
