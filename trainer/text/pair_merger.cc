#include "trainer/text/pair_merger.h"

#include <array>
#include <cstddef>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

namespace {

constexpr std::uint32_t kNoRank = 0xFFFFFFFF;

}  // namespace

std::size_t merge_pairs(const PairTable& pairs, std::span<std::uint32_t> pieces) {
  // Above it the quadratic search costs more than a heap.
  return pieces.size() <= kLongestInLine ? merge_pairs_in_line(pairs, pieces)
                                         : merge_pairs_by_heap(pairs, pieces);
}

std::size_t merge_pairs_in_line(const PairTable& pairs, std::span<std::uint32_t> pieces) {
  UNIMO_CHECK(pieces.size() <= kLongestInLine, "{} pieces", pieces.size());
  std::size_t size = pieces.size();
  if (size < 2) return size;
  std::array<Merge, kLongestInLine> merges;  // [i] is of pieces i and i + 1
  for (std::size_t i = 0; i + 1 < size; ++i) merges[i] = pairs.find(pieces[i], pieces[i + 1]);
  while (size > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < size; ++i) {
      if (merges[i].rank < merges[best].rank) best = i;
    }
    if (merges[best].rank == kNoRank) return size;
    pieces[best] = merges[best].piece;
    for (std::size_t i = best + 1; i + 1 < size; ++i) {
      pieces[i] = pieces[i + 1];
      merges[i - 1] = merges[i];
    }
    --size;
    if (best > 0) merges[best - 1] = pairs.find(pieces[best - 1], pieces[best]);
    if (best + 1 < size) merges[best] = pairs.find(pieces[best], pieces[best + 1]);
  }
  return size;
}

std::size_t merge_pairs_by_heap(const PairTable& pairs, std::span<std::uint32_t> pieces) {
  const std::size_t size = pieces.size();
  std::vector<std::size_t> next(size), previous(size);
  std::vector<Merge> merges(
      size);  // of the piece at i and the one after it; no rank once i is gone
  using Candidate = std::pair<std::uint32_t, std::size_t>;  // rank, place
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> heap;
  const auto look = [&](std::size_t i) {
    merges[i] = next[i] < size ? pairs.find(pieces[i], pieces[next[i]]) : Merge{};
    if (merges[i].rank != kNoRank) heap.emplace(merges[i].rank, i);
  };
  for (std::size_t i = 0; i < size; ++i) {
    next[i] = i + 1;
    previous[i] = i == 0 ? size : i - 1;
  }
  for (std::size_t i = 0; i < size; ++i) look(i);

  while (!heap.empty()) {
    const auto [rank, i] = heap.top();
    heap.pop();
    // A rank names one pair: if it is still the rank here, the pair is still here.
    if (merges[i].rank != rank) continue;
    pieces[i] = merges[i].piece;
    const std::size_t gone = next[i];
    merges[gone] = {};
    next[i] = next[gone];
    if (next[i] < size) previous[next[i]] = i;
    look(i);
    if (previous[i] < size) look(previous[i]);
  }

  std::size_t kept = 0;
  for (std::size_t i = 0; i < size; i = next[i]) pieces[kept++] = pieces[i];
  return kept;
}

}  // namespace unimo::trainer
