// BLEU-1 to BLEU-4 as the COCO caption scorer computes them: clipped n-gram matches over several
// references, brevity penalty against the reference of the closest length (of two equally close
// ones, the shorter).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "evaluators/ngrams.h"

namespace unimo::eval {

using BleuValues = std::array<double, kMaxOrder>;  // [0] is BLEU-1

struct BleuCounts {
  long candidate_length = 0;              // words
  long reference_length = 0;              // effective: the closest one per image
  std::array<long, kMaxOrder> guesses{};  // n-grams of the candidates
  std::array<long, kMaxOrder> matches{};  // of them in a reference, clipped
  BleuCounts& operator+=(const BleuCounts& other);
};

struct Bleu {
  BleuCounts totals;
  BleuValues corpus{};             // 0 to 1
  std::vector<BleuValues> images;  // in the order of the items
};

// What one item adds to the totals; the totals of any items are the sums of theirs.
BleuCounts bleu_counts(const CountedItem& item);

// The counts as numbers that are summed over items (significance.h), and back.
constexpr std::size_t kBleuStatistics = 2 + 2 * kMaxOrder;
std::array<double, kBleuStatistics> bleu_statistics(const BleuCounts& counts);
BleuCounts bleu_counts_of(std::span<const double> statistics);

// Every item has one reference or more.
Bleu bleu(const CountedItems& items);

// The formula alone, with the smoothing of the official scorer (1e-15 above, 1e-9 below).
BleuValues bleu_of_counts(const BleuCounts& counts);

}  // namespace unimo::eval
