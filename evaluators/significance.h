// Could the difference between two systems be chance? Both were run on the same items.
//
//   paired_bootstrap(items, mean_score(first, second), options);
//   approximate_randomization(items, score_of_sums(bleu_first, bleu_second, bleu4), options);
//
// Paired bootstrap resampling (Koehn 2004, "Statistical Significance Tests for Machine Translation
// Evaluation") draws test sets of the same size, with replacement, and asks how often the better
// system is not the better one. Approximate randomisation (Noreen 1989; Riezler and Maxwell 2005,
// "On Some Pitfalls in Automatic Evaluation and Significance Testing for MT") swaps the outputs of
// the systems, item by item, by the toss of a coin, and asks how often that gives as large a
// difference.
//
// Results depend on the seed alone, never on the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace unimo::eval {

struct SignificanceOptions {
  int resamples = 10'000;
  std::uint64_t seed = 1;
  double confidence = 0.95;  // of the interval; between 0 and 1
  int threads = 1;
};

// The score of a corpus. With n items, row i below n is the first system's output for item i, and
// row n + i the second's. Bootstrap repeats rows. Called from several threads at once; must not
// throw. NaN where the score is not defined on these rows.
using CorpusScore = std::function<double(std::span<const std::size_t> rows)>;

// For scores that are a mean over items: one value an item and system, in one order.
CorpusScore mean_score(std::span<const double> first, std::span<const double> second);

// For scores that are a function of sums over items, such as BLEU and METEOR: the numbers of each
// item, which are summed before `score` sees them.
struct ItemStatistics {
  std::size_t width = 0;       // numbers an item
  std::vector<double> values;  // [items, width]
};
CorpusScore score_of_sums(const ItemStatistics& first, const ItemStatistics& second,
                          std::function<double(std::span<const double>)> score);

struct Significance {
  double first = 0;  // scores of all items
  double second = 0;
  double difference = 0;  // first - second
  // The share of resamples that speak against the difference, counted with the observed sample
  // itself, so never 0. Resamples without a defined score speak against it.
  double p = 1;
  int undefined = 0;  // resamples without a defined score
  // Of the difference, by percentiles of the resamples; of the bootstrap alone.
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

// One-sided: p is the share of resamples in which the better system is equal or worse.
Significance paired_bootstrap(std::size_t items, const CorpusScore& score,
                              const SignificanceOptions& options);

// Two-sided: p is the share of shuffles whose difference is as large as the observed one.
Significance approximate_randomization(std::size_t items, const CorpusScore& score,
                                       const SignificanceOptions& options);

// "paired_bootstrap|items:6652|resamples:10000|seed:1|…|version:1".
std::string bootstrap_signature(std::size_t items, const SignificanceOptions& options);
std::string randomization_signature(std::size_t items, const SignificanceOptions& options);

}  // namespace unimo::eval
