#include "evaluators/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

// The official constants: they keep empty counts from dividing by zero.
constexpr double kTiny = 1e-15;
constexpr double kSmall = 1e-9;

int closest_length(const CountedItem& item) {
  int best = item.references.front().words;
  for (const SentenceNgrams& reference : item.references) {
    const int distance = std::abs(reference.words - item.candidate.words);
    const int best_distance = std::abs(best - item.candidate.words);
    if (distance < best_distance || (distance == best_distance && reference.words < best)) {
      best = reference.words;
    }
  }
  return best;
}

int count_of(std::span<const NgramCount> counts, NgramId ngram) {
  const auto place =
      std::lower_bound(counts.begin(), counts.end(), ngram,
                       [](const NgramCount& entry, NgramId id) { return entry.ngram < id; });
  return place != counts.end() && place->ngram == ngram ? place->count : 0;
}

long clipped_matches(const CountedItem& item, int n) {
  long matches = 0;
  for (const NgramCount& entry : item.candidate.order(n)) {
    int most = 0;
    for (const SentenceNgrams& reference : item.references) {
      most = std::max(most, count_of(reference.order(n), entry.ngram));
    }
    matches += std::min(entry.count, most);
  }
  return matches;
}

}  // namespace

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  candidate_length += other.candidate_length;
  reference_length += other.reference_length;
  for (std::size_t n = 0; n < kMaxOrder; ++n) {
    guesses[n] += other.guesses[n];
    matches[n] += other.matches[n];
  }
  return *this;
}

BleuCounts bleu_counts(const CountedItem& item) {
  UNIMO_CHECK(!item.references.empty(), "a text without references reached BLEU");
  BleuCounts counts;
  counts.candidate_length = item.candidate.words;
  counts.reference_length = closest_length(item);
  for (int n = 1; n <= kMaxOrder; ++n) {
    const auto slot = static_cast<std::size_t>(n - 1);
    counts.guesses[slot] = item.candidate.total(n);
    counts.matches[slot] = clipped_matches(item, n);
  }
  return counts;
}

std::array<double, kBleuStatistics> bleu_statistics(const BleuCounts& counts) {
  std::array<double, kBleuStatistics> statistics{static_cast<double>(counts.candidate_length),
                                                 static_cast<double>(counts.reference_length)};
  for (std::size_t n = 0; n < kMaxOrder; ++n) {
    statistics[2 + n] = static_cast<double>(counts.guesses[n]);
    statistics[2 + kMaxOrder + n] = static_cast<double>(counts.matches[n]);
  }
  return statistics;
}

BleuCounts bleu_counts_of(std::span<const double> statistics) {
  UNIMO_CHECK(statistics.size() == kBleuStatistics, "{} numbers are no counts of BLEU",
              statistics.size());
  BleuCounts counts;
  counts.candidate_length = std::lround(statistics[0]);
  counts.reference_length = std::lround(statistics[1]);
  for (std::size_t n = 0; n < kMaxOrder; ++n) {
    counts.guesses[n] = std::lround(statistics[2 + n]);
    counts.matches[n] = std::lround(statistics[2 + kMaxOrder + n]);
  }
  return counts;
}

BleuValues bleu_of_counts(const BleuCounts& counts) {
  BleuValues values{};
  const double ratio = (static_cast<double>(counts.candidate_length) + kTiny) /
                       (static_cast<double>(counts.reference_length) + kSmall);
  const double penalty = ratio < 1 ? std::exp(1 - 1 / ratio) : 1.0;
  double product = 1;
  for (std::size_t n = 0; n < kMaxOrder; ++n) {
    product *= (static_cast<double>(counts.matches[n]) + kTiny) /
               (static_cast<double>(counts.guesses[n]) + kSmall);
    values[n] = std::pow(product, 1.0 / static_cast<double>(n + 1)) * penalty;
  }
  return values;
}

Bleu bleu(const CountedItems& items) {
  Bleu result;
  result.images.reserve(items.items.size());
  for (const CountedItem& item : items.items) {
    const BleuCounts counts = bleu_counts(item);
    result.totals += counts;
    result.images.push_back(bleu_of_counts(counts));
  }
  result.corpus = bleu_of_counts(result.totals);
  return result;
}

}  // namespace unimo::eval
