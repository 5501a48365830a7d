#include "stages/retrieval/sparse_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unimo::stages {

namespace {

constexpr std::size_t kBlock = SparseIndex::kBlock;

bool nearer(const ScoredItem& a, const ScoredItem& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

}  // namespace

SparseSearch::SparseSearch(const SparseIndex& index)
    : index_(index),
      product_(index.similarity() == SparseSimilarity::kDotProduct),
      weight_of_term_(index.terms(), 0.0F),
      scores_(kBlock, 0.0F),
      reached_(kBlock) {}

std::span<const ScoredItem> SparseSearch::nearest(const SparseQuery& query, std::size_t count,
                                                  const Accepts& accepts) {
  query_ = query;
  slack_ = 1e-6 + 2.4e-7 * static_cast<double>(query.weights.size());
  count_ = std::min(count, index_.size());
  floor_ = 0;
  best_.clear();
  if (count_ == 0) return best_;
  for (const SparseWeight& w : query.weights)
    if (is_known(w)) weight_of_term_[w.term] = w.weight;
  open_lists();
  find_floor(accepts);
  best_.clear();
  order_blocks();
  for (std::size_t i = 0; i < order_.size() && order_[i].score >= worst(); ++i) {
    if (i + 1 < order_.size()) prefetch(order_[i + 1].block);
    search_block(order_[i].block, accepts);
  }
  for (const SparseWeight& w : query.weights)
    if (is_known(w)) weight_of_term_[w.term] = 0;
  std::ranges::sort(best_, nearer);
  return best_;
}

// Of the query at hand. Terms that it does not have add nothing.
double SparseSearch::score_of(std::uint32_t item) const {
  const float* asked = weight_of_term_.data();
  double overlap = 0;
  if (product_) {
    for (const SparseWeight& w : index_.vectors()[item])
      overlap += static_cast<double>(asked[w.term]) * w.weight;
    return overlap;
  }
  for (const SparseWeight& w : index_.vectors()[item]) overlap += std::min(asked[w.term], w.weight);
  if (overlap == 0) return 0;
  return overlap / (query_.size + index_.vectors().sizes[item] - overlap);
}

void SparseSearch::open_lists() {
  lists_.clear();
  for (const SparseWeight& w : query_.weights)
    if (is_known(w))
      lists_.push_back({w.weight, index_.items_with(w.term), index_.segments(w.term)});
}

// Finds what the best items reach at least, from the lists of the rarest terms alone: those that
// have most of these are good ones.
void SparseSearch::find_floor(const Accepts& accepts) {
  probed_.clear();
  probe(rare_lists());
  if (probed_.size() < count_) return;
  const std::size_t tried = std::min(probed_.size(), 2 * count_);
  std::ranges::nth_element(probed_, probed_.begin() + static_cast<std::ptrdiff_t>(tried - 1),
                           nearer);
  for (const ScoredItem& item : std::span(probed_).first(tried)) consider(item.item, accepts);
  if (best_.size() == count_) floor_ = best_.front().score;
}

// So many that going through them is cheap beside the search.
std::span<const SparseSearch::List> SparseSearch::rare_lists() const {
  const std::size_t most_items = std::max(index_.size() / 64, 8 * count_);
  std::size_t rare = 0, items = 0;
  while (rare < lists_.size() && items + lists_[rare].items <= most_items)
    items += lists_[rare++].items;
  return std::span(lists_).first(rare);
}

// Adds up what the lists have, block by block; bits, which say less, are passed over.
void SparseSearch::probe(std::span<const List> lists) {
  std::vector<std::span<const SparseIndex::Segment>> rest;
  for (const List& list : lists) rest.push_back(list.segments);
  for (std::uint32_t block = 0; block < index_.blocks().size() && !lists.empty(); ++block) {
    const auto each_segment = [&](const auto& use) {
      for (std::size_t i = 0; i < lists.size(); ++i) {
        if (!rest[i].empty() && rest[i].front().block == block && !rest[i].front().is_dense())
          use(lists[i], rest[i].front());
      }
    };
    each_segment([this](const List& list, const SparseIndex::Segment& s) { add(list, s); });
    each_segment([&](const List&, const SparseIndex::Segment& s) {
      for (const std::uint16_t slot : std::span(index_.slots() + s.begin, s.count)) {
        if (scores_[slot] > 0) probed_.push_back({scores_[slot], index_.item(block, slot)});
        scores_[slot] = 0;
      }
    });
    for (auto& segments : rest)
      if (!segments.empty() && segments.front().block == block) segments = segments.subspan(1);
  }
}

float SparseSearch::most(float weight, float largest) const {
  return product_ ? weight * largest : std::min(weight, largest);
}

void SparseSearch::order_blocks() {
  const std::size_t blocks = index_.blocks().size();
  overlaps_.assign(blocks, 0);
  segment_at_.assign(blocks * lists_.size(), 0);
  for (std::size_t l = 0; l < lists_.size(); ++l) {
    std::uint32_t number = 0;
    for (const SparseIndex::Segment& segment : lists_[l].segments) {
      overlaps_[segment.block] += most(lists_[l].weight, segment.largest);
      segment_at_[segment.block * lists_.size() + l] = ++number;
    }
  }
  order_.clear();
  for (std::uint32_t block = 0; block < blocks; ++block) {
    if (overlaps_[block] == 0) continue;
    const double bound = bound_of(block, overlaps_[block] * (1 + slack_));
    if (bound >= floor_) order_.push_back({bound, block});
  }
  std::ranges::sort(order_, [](const BlockBound& a, const BlockBound& b) {
    return a.score != b.score ? a.score > b.score : a.block < b.block;
  });
}

// What an item of the block with so much in common with the query scores at most. An item is no
// smaller than the overlap.
double SparseSearch::bound_of(std::uint32_t block, double overlap) const {
  if (product_) return overlap;
  const double size = std::max<double>(index_.blocks()[block].smallest_size, overlap);
  return overlap / (query_.size + size - overlap) * (1 + slack_);
}

// What an item of a size must have in common with the query to reach the score. Of Jaccard,
// s <= o / (q + d - o) gives o >= s / (1 + s) * (q + d).
double SparseSearch::overlap_for(double score, double size) const {
  return product_ ? score : score / (1 + score) * (query_.size + size);
}

// Everything that could come among the best, of one block.
void SparseSearch::search_block(std::uint32_t block, const Accepts& accepts) {
  gather(block);
  const double none = overlap_for(worst(), 0), one = overlap_for(worst(), 1);
  const BlockScan scan{.scores = scores_.data(),
                       .sizes = index_.group_sizes(block),
                       .terms = dense_,
                       .together = static_cast<float>(together_),
                       .base = static_cast<float>(none * (1 - 2 * slack_)),
                       .per_size = static_cast<float>((one - none) * (1 - 2 * slack_))};
  reached_count_ = scan_block(scan, reached_.data());
  look_at(block, accepts);
}

// Adds up the short lists; of the terms in bits, what they may add.
void SparseSearch::gather(std::uint32_t block) {
  dense_.clear();
  double sum = 0, squares = 0;
  for (std::size_t l = 0; l < lists_.size(); ++l) {
    const std::uint32_t number = segment_at_[block * lists_.size() + l];
    if (number == 0) continue;
    const List& list = lists_[l];
    const SparseIndex::Segment& segment = list.segments[number - 1];
    if (!segment.is_dense()) {
      add(list, segment);
      continue;
    }
    const float usual = most(list.weight, segment.usual);
    const float largest = most(list.weight, segment.largest);
    dense_.push_back({index_.bits() + segment.begin, usual, largest - usual});
    sum += largest;
    squares += static_cast<double>(list.weight) * list.weight;
  }
  const double longest = index_.blocks()[block].longest;
  together_ = (product_ ? std::min(sum, std::sqrt(squares) * longest) : sum) * (1 + slack_);
}

// What the next block's segments have: soon wanted, and not where the processor expects it.
void SparseSearch::prefetch(std::uint32_t block) const {
  constexpr std::size_t kLine = 64;  // bytes
  const auto fetch = [](const auto* begin, std::size_t count) {
    const auto* bytes = reinterpret_cast<const char*>(begin);
    for (std::size_t i = 0; i < count * sizeof(*begin); i += kLine) __builtin_prefetch(bytes + i);
  };
  for (std::size_t l = 0; l < lists_.size(); ++l) {
    const std::uint32_t number = segment_at_[block * lists_.size() + l];
    if (number == 0) continue;
    const SparseIndex::Segment& segment = lists_[l].segments[number - 1];
    if (segment.is_dense()) {
      fetch(index_.bits() + segment.begin, index_.group_sizes(block).size());
    } else {
      fetch(index_.slots() + segment.begin, segment.count);
      fetch(index_.weights() + segment.begin, segment.count);
    }
  }
}

void SparseSearch::add(const List& list, const SparseIndex::Segment& segment) {
  float* scores = scores_.data();
  const std::uint16_t* slots = index_.slots() + segment.begin;
  const float* weights = index_.weights() + segment.begin;
  if (product_) {
    for (std::size_t i = 0; i < segment.count; ++i) scores[slots[i]] += list.weight * weights[i];
  } else {
    for (std::size_t i = 0; i < segment.count; ++i)
      scores[slots[i]] += std::min(list.weight, weights[i]);
  }
}

// The most promising first: with them the score to reach rises soonest.
void SparseSearch::look_at(std::uint32_t block, const Accepts& accepts) {
  constexpr std::size_t kAhead = 8;
  const auto reached = std::span(reached_).first(reached_count_);
  std::ranges::sort(reached, std::ranges::greater{}, &ReachedPlace::overlap);
  const SparseVectors& vectors = index_.vectors();
  const std::span<const float> sizes = index_.group_sizes(block);
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (i + 2 * kAhead < reached.size())
      __builtin_prefetch(&vectors.begins[index_.item(block, reached[i + 2 * kAhead].slot)]);
    if (i + kAhead < reached.size())
      __builtin_prefetch(vectors[index_.item(block, reached[i + kAhead].slot)].data());
    const double needed = overlap_for(worst(), sizes[reached[i].slot / SparseIndex::kGroup]);
    if (reached[i].overlap >= needed * (1 - 2 * slack_))
      consider(index_.item(block, reached[i].slot), accepts);
  }
}

double SparseSearch::worst() const {
  return best_.size() == count_ ? std::max(best_.front().score, floor_) : floor_;
}

// Keeps an item if it is among the best so far.
void SparseSearch::consider(std::uint32_t item, const Accepts& accepts) {
  const ScoredItem scored{score_of(item), item};
  if (scored.score <= 0 || scored.score < floor_) return;
  const bool full = best_.size() == count_;
  if (full && !nearer(scored, best_.front())) return;
  if (!accepts(scored)) return;
  if (full) {
    std::ranges::pop_heap(best_, nearer);
    best_.pop_back();
  }
  best_.push_back(scored);
  std::ranges::push_heap(best_, nearer);
}

}  // namespace unimo::stages
