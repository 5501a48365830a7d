#include "stages/retrieval/sparse_index.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "orchestrator/base/result.h"

namespace unimo::stages {

SparseIndex::SparseIndex(SparseVectors vectors, std::uint32_t terms, SparseSimilarity similarity)
    : similarity_(similarity), vectors_(std::move(vectors)) {
  UNIMO_CHECK(vectors_.begins.size() == vectors_.count() + 1 &&
                  vectors_.begins.back() == vectors_.weights.size(),
              "{} vectors with {} ends", vectors_.count(), vectors_.begins.size());
  UNIMO_CHECK(vectors_.count() < UINT32_MAX, "{} items", vectors_.count());
  sort_items();
  describe_blocks();
  fill_lists(count_terms(terms));
  mark_items();
}

// Among equals the order of the items: neighbours there often speak of the same thing.
void SparseIndex::sort_items() {
  item_of_place_.resize(size());
  std::iota(item_of_place_.begin(), item_of_place_.end(), 0U);
  std::ranges::stable_sort(item_of_place_, {},
                           [this](std::uint32_t item) { return vectors_.sizes[item]; });
}

void SparseIndex::describe_blocks() {
  for (std::size_t begin = 0; begin < size(); begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, size());
    double longest = 0;
    for (std::size_t place = begin; place < end; ++place) {
      double squares = 0;
      for (const SparseWeight& w : vectors_[item_of_place_[place]])
        squares += static_cast<double>(w.weight) * w.weight;
      longest = std::max(longest, squares);
    }
    blocks_.push_back({.smallest_size = vectors_.sizes[item_of_place_[begin]],
                       .largest_size = vectors_.sizes[item_of_place_[end - 1]],
                       .longest = static_cast<float>(std::sqrt(longest) * (1 + 1e-6))});
  }
}

// Makes room for the lists: where each term's begins.
std::vector<std::uint64_t> SparseIndex::count_terms(std::uint32_t terms) {
  std::vector<std::uint64_t> begins(terms + std::size_t{1}, 0);
  for (const SparseWeight& w : vectors_.weights) {
    UNIMO_CHECK(w.term < terms && w.weight > 0, "term {} of {} with weight {}", w.term, terms,
                w.weight);
    ++begins[w.term + 1];
  }
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  slots_.resize(begins.back());
  weights_.resize(begins.back());
  return begins;
}

// Going through the items in the order of their places, `next[term]` is where the term's list goes
// on. The first round counts the segments, the second fills them.
void SparseIndex::fill_lists(std::vector<std::uint64_t> next) {
  const std::size_t terms = next.size() - 1;
  segment_begins_.assign(terms + 1, 0);
  std::vector<std::uint32_t> last(terms, UINT32_MAX);
  const auto each_weight = [&](const auto& use) {
    std::ranges::fill(last, UINT32_MAX);
    for (std::size_t place = 0; place < size(); ++place) {
      const auto block = static_cast<std::uint32_t>(place / kBlock);
      for (const SparseWeight& w : vectors_[item_of_place_[place]]) {
        use(w, block, static_cast<std::uint16_t>(place % kBlock), last[w.term] != block);
        last[w.term] = block;
      }
    }
  };
  each_weight([&](const SparseWeight& w, std::uint32_t, std::uint16_t, bool is_new) {
    segment_begins_[w.term + 1] += is_new ? 1 : 0;
  });
  std::partial_sum(segment_begins_.begin(), segment_begins_.end(), segment_begins_.begin());
  segments_.resize(segment_begins_.back() + 1);
  segments_.back().begin = next.back();
  std::vector<std::size_t> segment(segment_begins_.begin(), segment_begins_.end() - 1);
  each_weight([&](const SparseWeight& w, std::uint32_t block, std::uint16_t slot, bool is_new) {
    const std::uint64_t at = next[w.term]++;
    if (is_new) segments_[segment[w.term]++] = {block, 0, at};
    Segment& current = segments_[segment[w.term] - 1];
    current.largest = std::max(current.largest, w.weight);
    slots_[at] = slot;
    weights_[at] = w.weight;
  });
}

void SparseIndex::mark_items() {
  const std::uint32_t first = first_marked();
  marks_.assign(size(), 0);
  for (std::size_t place = 0; place < size(); ++place) {
    for (const SparseWeight& w : vectors_[item_of_place_[place]])
      marks_[place] |= w.term < first ? 0 : std::uint64_t{1} << (w.term - first);
  }
}

std::size_t SparseIndex::items_with(std::uint32_t term) const {
  return static_cast<std::size_t>(segments_[segment_begins_[term + 1]].begin -
                                  segments_[segment_begins_[term]].begin);
}

}  // namespace unimo::stages
