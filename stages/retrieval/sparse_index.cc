#include "stages/retrieval/sparse_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "orchestrator/base/result.h"
#include "stages/retrieval/block_postings.h"
#include "stages/retrieval/item_clusters.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kGroups = SparseIndex::kBlock / SparseIndex::kGroup;  // of a block

}  // namespace

SparseIndex::SparseIndex(SparseVectors vectors, std::uint32_t terms, SparseSimilarity similarity)
    : similarity_(similarity), vectors_(std::move(vectors)), items_with_(terms, 0) {
  UNIMO_CHECK(vectors_.begins.size() == vectors_.count() + 1 &&
                  vectors_.begins.back() == vectors_.weights.size(),
              "{} vectors with {} ends", vectors_.count(), vectors_.begins.size());
  UNIMO_CHECK(vectors_.count() < UINT32_MAX, "{} items", vectors_.count());
  for (const SparseWeight& w : vectors_.weights) {
    UNIMO_CHECK(w.term < terms && w.weight > 0, "term {} of {} with weight {}", w.term, terms,
                w.weight);
    ++items_with_[w.term];
  }
  sort_items(terms);
  describe_blocks();
  describe_groups();
  make_segments(terms);
}

// Among equals the order of the items: neighbours there often speak of the same thing.
void SparseIndex::sort_items(std::uint32_t terms) {
  item_of_place_.resize(size());
  std::iota(item_of_place_.begin(), item_of_place_.end(), 0U);
  const std::vector<float>& sizes = vectors_.sizes;
  if (similarity_ == SparseSimilarity::kDotProduct) {
    std::ranges::stable_sort(item_of_place_, {}, [&](std::uint32_t item) { return sizes[item]; });
    return;
  }
  const std::vector<std::uint16_t> clusters = cluster_items(vectors_, terms);
  std::ranges::stable_sort(item_of_place_, {}, [&](std::uint32_t item) {
    return std::tuple(clusters[item], sizes[item]);
  });
}

void SparseIndex::describe_blocks() {
  for (std::size_t begin = 0; begin < size(); begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, size());
    float smallest = std::numeric_limits<float>::max();
    double longest = 0;
    for (std::size_t place = begin; place < end; ++place) {
      const std::uint32_t item = item_of_place_[place];
      smallest = std::min(smallest, vectors_.sizes[item]);
      double squares = 0;
      for (const SparseWeight& w : vectors_[item])
        squares += static_cast<double>(w.weight) * w.weight;
      longest = std::max(longest, squares);
    }
    blocks_.push_back({.smallest_size = smallest,
                       .longest = static_cast<float>(std::sqrt(longest) * (1 + 1e-6))});
  }
}

void SparseIndex::describe_groups() {
  for (std::size_t place = 0; place < size(); ++place) {
    const float size = vectors_.sizes[item_of_place_[place]];
    if (place % kGroup == 0) group_sizes_.push_back(size);
    group_sizes_.back() = std::min(group_sizes_.back(), size);
  }
}

std::span<const float> SparseIndex::group_sizes(std::size_t block) const {
  const std::size_t begin = block * kGroups;
  return std::span(group_sizes_).subspan(begin, std::min(kGroups, group_sizes_.size() - begin));
}

// Calls use(block number).
template <class Use>
void SparseIndex::for_each_block(BlockPostings& postings, const Use& use) const {
  for (std::uint32_t block = 0; block < blocks_.size(); ++block) {
    const std::size_t begin = block * kBlock;
    postings.read(
        vectors_,
        std::span(item_of_place_).subspan(begin, std::min(kBlock, item_of_place_.size() - begin)));
    use(block);
  }
}

// The first round counts how much room each term takes, the second fills it: a term's segments
// stand one behind the other.
void SparseIndex::make_segments(std::uint32_t terms) {
  BlockPostings postings(terms);
  segment_begins_.assign(terms + std::size_t{1}, 0);
  std::vector<std::uint64_t> listed(terms + std::size_t{1}, 0), dense(terms + std::size_t{1}, 0);
  for_each_block(postings, [&](std::uint32_t) {
    for (std::size_t i = 0; i < postings.terms().size(); ++i) {
      const std::uint32_t term = postings.terms()[i];
      const Segment segment{.count = static_cast<std::uint32_t>(postings.of(i).size())};
      ++segment_begins_[term + 1];
      (segment.is_dense() ? dense : listed)[term + 1] +=
          segment.is_dense() ? kGroups : segment.count;
    }
  });
  std::partial_sum(segment_begins_.begin(), segment_begins_.end(), segment_begins_.begin());
  std::partial_sum(listed.begin(), listed.end(), listed.begin());
  std::partial_sum(dense.begin(), dense.end(), dense.begin());
  segments_.resize(segment_begins_.back());
  slots_.resize(listed.back());
  weights_.resize(listed.back());
  bits_.resize(dense.back());

  std::vector<std::size_t> next(segment_begins_.begin(), segment_begins_.end() - 1);
  for_each_block(postings, [&](std::uint32_t block) {
    for (std::size_t i = 0; i < postings.terms().size(); ++i) {
      const std::uint32_t term = postings.terms()[i];
      const auto items = postings.of(i);
      Segment& segment = segments_[next[term]++];
      segment.block = block;
      segment.count = static_cast<std::uint32_t>(items.size());
      segment.largest = std::ranges::max(items, {}, &BlockPosting::weight).weight;
      segment.usual = segment.is_dense() ? usual_weight(items) : segment.largest;
      segment.begin = (segment.is_dense() ? dense : listed)[term];
      (segment.is_dense() ? dense : listed)[term] += segment.is_dense() ? kGroups : segment.count;
      for (std::size_t n = 0; n < items.size(); ++n) {
        if (segment.is_dense()) {
          GroupBits& bits = bits_[segment.begin + items[n].slot / kGroup];
          const std::uint64_t bit = std::uint64_t{1} << (items[n].slot % kGroup);
          bits.has |= bit;
          bits.large |= items[n].weight > segment.usual ? bit : 0;
        } else {
          slots_[segment.begin + n] = items[n].slot;
          weights_[segment.begin + n] = items[n].weight;
        }
      }
    }
  });
}

}  // namespace unimo::stages
