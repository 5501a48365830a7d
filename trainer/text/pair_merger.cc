#include "trainer/text/pair_merger.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
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
  UNIMO_CHECK(pieces.size() < kNoRank, "{} pieces", pieces.size());
  const auto size = static_cast<std::uint32_t>(pieces.size());
  struct Place {
    std::uint32_t next, previous;
    Merge merge;  // of the piece here and the next one; no rank once the piece is gone
  };
  std::vector<Place> places(size);
  // Rank above, place below: one number to compare.
  std::vector<std::uint64_t> heap;
  heap.reserve(size);
  const auto candidate = [&](std::uint32_t i) {
    return std::uint64_t{places[i].merge.rank} << 32 | i;
  };
  const auto look = [&](std::uint32_t i) {
    const std::uint32_t next = places[i].next;
    places[i].merge = next < size ? pairs.find(pieces[i], pieces[next]) : Merge{};
    return places[i].merge.rank != kNoRank;
  };
  for (std::uint32_t i = 0; i < size; ++i) {
    places[i] = {.next = i + 1, .previous = i == 0 ? size : i - 1, .merge = {}};
    if (look(i)) heap.push_back(candidate(i));
  }
  std::ranges::make_heap(heap, std::greater<>());

  while (!heap.empty()) {
    std::ranges::pop_heap(heap, std::greater<>());
    const auto rank = static_cast<std::uint32_t>(heap.back() >> 32);
    const auto i = static_cast<std::uint32_t>(heap.back());
    heap.pop_back();
    // A rank names one pair: if it is still the rank here, the pair is still here.
    if (places[i].merge.rank != rank) continue;
    pieces[i] = places[i].merge.piece;
    const std::uint32_t gone = places[i].next;
    places[gone].merge = {};
    places[i].next = places[gone].next;
    if (places[i].next < size) places[places[i].next].previous = i;
    for (const std::uint32_t changed : {i, places[i].previous}) {
      if (changed >= size || !look(changed)) continue;
      heap.push_back(candidate(changed));
      std::ranges::push_heap(heap, std::greater<>());
    }
  }

  std::size_t kept = 0;
  for (std::uint32_t i = 0; i < size; i = places[i].next) pieces[kept++] = pieces[i];
  return kept;
}

}  // namespace unimo::trainer
