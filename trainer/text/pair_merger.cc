#include "trainer/text/pair_merger.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <queue>
#include <utility>

namespace unimo::trainer {

namespace {

constexpr std::uint32_t kNoRank = 0xFFFFFFFF;
// Above it the quadratic search costs more than a heap; measured on random words.
constexpr std::size_t kLongestInLine = 40;

}  // namespace

void merge_pairs(const PairTable& pairs, std::vector<std::uint32_t>& pieces) {
  if (pieces.size() <= kLongestInLine) {
    merge_pairs_in_line(pairs, pieces);
  } else {
    merge_pairs_by_heap(pairs, pieces);
  }
}

void merge_pairs_in_line(const PairTable& pairs, std::vector<std::uint32_t>& pieces) {
  if (pieces.size() < 2) return;
  // merges[i] is of pieces i and i + 1.
  std::vector<Merge> merges(pieces.size() - 1);
  for (std::size_t i = 0; i < merges.size(); ++i) merges[i] = pairs.find(pieces[i], pieces[i + 1]);
  while (!merges.empty()) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < merges.size(); ++i) {
      if (merges[i].rank < merges[best].rank) best = i;
    }
    if (merges[best].rank == kNoRank) return;
    pieces[best] = merges[best].piece;
    const auto gap = static_cast<std::ptrdiff_t>(best);
    pieces.erase(pieces.begin() + gap + 1);
    merges.erase(merges.begin() + gap);
    if (best > 0) merges[best - 1] = pairs.find(pieces[best - 1], pieces[best]);
    if (best < merges.size()) merges[best] = pairs.find(pieces[best], pieces[best + 1]);
  }
}

void merge_pairs_by_heap(const PairTable& pairs, std::vector<std::uint32_t>& pieces) {
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
  pieces.resize(kept);
}

}  // namespace unimo::trainer
