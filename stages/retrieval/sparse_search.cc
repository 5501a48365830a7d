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

bool is_product(const SparseIndex& index) {
  return index.similarity() == SparseSimilarity::kDotProduct;
}

}  // namespace

SparseSearch::SparseSearch(const SparseIndex& index) : index_(index), scores_(kBlock, 0.0F) {
  slots_.reserve(kBlock);
}

std::span<const ScoredItem> SparseSearch::nearest(const SparseQuery& query, std::size_t count,
                                                  const Accepts& accepts) {
  query_ = query;
  count_ = std::min(count, index_.size());
  floor_ = 0;
  best_.clear();
  if (count_ == 0) return best_;
  find_floor(accepts);
  best_.clear();
  open_lists();
  for (std::uint32_t block = 0; block < index_.blocks().size(); ++block)
    search_block(block, accepts);
  std::ranges::sort(best_, nearer);
  return best_;
}

double SparseSearch::score(const SparseQuery& query, std::uint32_t item) const {
  const auto vector = index_.vectors()[item];
  const bool product = is_product(index_);
  double overlap = 0;
  for (std::size_t i = 0, j = 0; i < query.weights.size() && j < vector.size();) {
    const SparseWeight &a = query.weights[i], &b = vector[j];
    if (a.term == b.term)
      overlap += product ? static_cast<double>(a.weight) * b.weight : std::min(a.weight, b.weight);
    i += a.term <= b.term ? 1 : 0;
    j += b.term <= a.term ? 1 : 0;
  }
  if (product || overlap == 0) return overlap;
  return overlap / (query.size + index_.vectors().sizes[item] - overlap);
}

void SparseSearch::open_lists() {
  lists_.clear();
  for (const SparseWeight& w : query_.weights) {
    if (w.term >= index_.terms() || w.weight <= 0) continue;
    const auto segments = index_.segments(w.term);
    lists_.push_back({w.weight, segments.data(), segments.data() + segments.size()});
  }
}

// Finds what the best items reach at least, from the lists of the rarest terms alone: those that
// have most of these are good ones. With it most of the work in the first blocks is spared.
void SparseSearch::find_floor(const Accepts& accepts) {
  open_lists();
  const std::size_t most = std::max(index_.size() / 32, 8 * count_);
  std::size_t rare = 0, items = 0;
  for (const SparseWeight& w : query_.weights) {
    if (w.term >= index_.terms() || w.weight <= 0) continue;
    items += index_.items_with(w.term);
    if (items > most) break;
    ++rare;
  }
  probed_.clear();
  for (std::uint32_t block = 0; block < index_.blocks().size() && rare > 0; ++block) {
    gather(block, std::span(lists_).first(rare));
    for (const Active& list : active_) add(list);
    for (const Active& list : active_) {
      for (const std::uint16_t slot : std::span(list.slots, list.count)) {
        if (scores_[slot] > 0) probed_.push_back({scores_[slot], index_.item(block, slot)});
        scores_[slot] = 0;
      }
    }
  }
  if (probed_.size() < count_) return;
  const std::size_t tried = std::min(probed_.size(), 2 * count_);
  std::ranges::nth_element(probed_, probed_.begin() + static_cast<std::ptrdiff_t>(tried - 1),
                           nearer);
  for (const ScoredItem& item : std::span(probed_).first(tried)) consider(item.item, accepts);
  if (best_.size() == count_) floor_ = best_.front().score;
}

// Everything that could come among the best, of one block: skips it, when all lists together give
// too little; adds up the lists without which no item reaches the score, and those that make the
// bound of what is left tighter at little cost; looks at what might reach it.
void SparseSearch::search_block(std::uint32_t number, const Accepts& accepts) {
  gather(number, lists_);
  if (active_.empty()) return;
  const SparseIndex::Block& block = index_.blocks()[number];
  bound_rest(block);
  // Sums of floats are a little off.
  const double slack = 1e-6 + 1.2e-7 * static_cast<double>(active_.size());
  const double overlap = overlap_for(worst(), block) * (1 - slack);
  if (rest_.front() < overlap) return;
  const std::size_t needed = lists_needed(overlap);
  const std::size_t used = lists_worthwhile(needed, overlap);
  std::size_t added = 0;
  for (const Active& list : std::span(active_).first(used)) {
    add(list);
    added += list.count;
  }
  const double least = std::max<double>(overlap - rest_[used], std::numeric_limits<float>::min());
  const auto bound = static_cast<float>(least * (1 - slack));
  if (added > kBlock / 8) {
    collect_all(bound);
  } else {
    collect(needed, used, bound);
  }
  look_at(number, accepts);
}

void SparseSearch::gather(std::uint32_t block, std::span<List> lists) {
  active_.clear();
  for (List& list : lists) {
    if (list.next == list.end || list.next->block != block) continue;
    const SparseIndex::Segment& segment = *list.next++;
    active_.push_back({list.weight, segment.largest, index_.slots() + segment.begin,
                       index_.weights() + segment.begin,
                       static_cast<std::size_t>((&segment)[1].begin - segment.begin)});
  }
}

void SparseSearch::bound_rest(const SparseIndex::Block& block) {
  const bool product = is_product(index_);
  rest_.assign(active_.size() + 1, 0);
  double sum = 0, squares = 0;
  for (std::size_t i = active_.size(); i-- > 0;) {
    const double weight = active_[i].weight, largest = active_[i].largest;
    sum += product ? weight * largest : std::min(weight, largest);
    squares += weight * weight;
    const double other = product ? std::sqrt(squares) * block.longest : block.largest_size;
    rest_[i] = std::min(sum, other * (1 + 1e-6));
  }
}

// What an item of the block must have in common with the query to reach the score. Of Jaccard,
// s <= o / (q + d - o) gives o >= s / (1 + s) * (q + d).
double SparseSearch::overlap_for(double score, const SparseIndex::Block& block) const {
  if (is_product(index_)) return score;
  return score / (1 + score) * (query_.size + block.smallest_size);
}

// No item that is in none of the first so many lists has the overlap.
std::size_t SparseSearch::lists_needed(double overlap) const {
  std::size_t needed = 0;
  while (needed < active_.size() && rest_[needed] >= overlap) ++needed;
  return needed;
}

// An item that must be looked at costs as much as a hundred places of a list.
std::size_t SparseSearch::lists_worthwhile(std::size_t needed, double overlap) const {
  std::size_t touched = 0;
  for (std::size_t i = 0; i < needed; ++i) touched += active_[i].count;
  std::size_t used = needed;
  while (used < active_.size() && rest_[used] > 0.1 * overlap &&
         active_[used].count <= 4 * touched + 64)
    touched += active_[used++].count;
  return used;
}

void SparseSearch::add(const Active& list) {
  float* scores = scores_.data();
  if (is_product(index_)) {
    for (std::size_t i = 0; i < list.count; ++i)
      scores[list.slots[i]] += list.weight * list.weights[i];
  } else {
    for (std::size_t i = 0; i < list.count; ++i)
      scores[list.slots[i]] += std::min(list.weight, list.weights[i]);
  }
}

// The places of few lists: goes through the lists again. A place that is in two is zero at the
// second.
void SparseSearch::collect(std::size_t needed, std::size_t used, float least) {
  slots_.clear();
  for (const Active& list : std::span(active_).first(needed)) {
    for (const std::uint16_t slot : std::span(list.slots, list.count)) {
      if (scores_[slot] >= least) slots_.push_back(slot);
      scores_[slot] = 0;
    }
  }
  for (const Active& list : std::span(active_).subspan(needed, used - needed)) {
    for (const std::uint16_t slot : std::span(list.slots, list.count)) scores_[slot] = 0;
  }
}

void SparseSearch::collect_all(float least) {
  slots_.clear();
  constexpr std::size_t kStep = 16;
  for (std::size_t begin = 0; begin < kBlock; begin += kStep) {
    int any = 0;
    for (std::size_t i = 0; i < kStep; ++i) any |= scores_[begin + i] >= least ? 1 : 0;
    if (any == 0) continue;
    for (std::size_t i = begin; i < begin + kStep; ++i) {
      if (scores_[i] >= least) slots_.push_back(static_cast<std::uint16_t>(i));
    }
  }
  std::ranges::fill(scores_, 0.0F);
}

void SparseSearch::look_at(std::uint32_t block, const Accepts& accepts) {
  constexpr std::size_t kAhead = 8;
  const SparseVectors& vectors = index_.vectors();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (i + 2 * kAhead < slots_.size())
      __builtin_prefetch(&vectors.begins[index_.item(block, slots_[i + 2 * kAhead])]);
    if (i + kAhead < slots_.size())
      __builtin_prefetch(vectors[index_.item(block, slots_[i + kAhead])].data());
    consider(index_.item(block, slots_[i]), accepts);
  }
}

double SparseSearch::worst() const {
  return best_.size() == count_ ? std::max(best_.front().score, floor_) : floor_;
}

// Keeps an item if it is among the best so far.
void SparseSearch::consider(std::uint32_t item, const Accepts& accepts) {
  const ScoredItem scored{score(query_, item), item};
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
