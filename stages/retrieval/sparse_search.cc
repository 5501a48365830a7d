#include "stages/retrieval/sparse_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stages/regions/vectorised.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kBlock = SparseIndex::kBlock;

bool nearer(const ScoredItem& a, const ScoredItem& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

bool is_product(const SparseIndex& index) {
  return index.similarity() == SparseSimilarity::kDotProduct;
}

// Where scores reach `least`, of all places of a block; returns how many they are.
UNIMO_VECTORISED std::size_t places_at_least(const float* scores, float least,
                                             std::uint16_t* places) {
  constexpr std::size_t kStep = 32;
  std::size_t found = 0;
  for (std::size_t begin = 0; begin < kBlock; begin += kStep) {
    int any = 0;
    for (std::size_t i = 0; i < kStep; ++i) any |= scores[begin + i] >= least ? 1 : 0;
    if (any == 0) continue;
    for (std::size_t i = begin; i < begin + kStep; ++i) {
      places[found] = static_cast<std::uint16_t>(i);
      found += scores[i] >= least ? 1 : 0;
    }
  }
  return found;
}

}  // namespace

SparseSearch::SparseSearch(const SparseIndex& index)
    : index_(index), weight_of_term_(index.terms(), 0.0F), scores_(kBlock, 0.0F) {}

std::span<const ScoredItem> SparseSearch::nearest(const SparseQuery& query, std::size_t count,
                                                  const Accepts& accepts) {
  query_ = query;
  count_ = std::min(count, index_.size());
  floor_ = 0;
  best_.clear();
  if (count_ == 0) return best_;
  for (const SparseWeight& w : query.weights)
    if (is_known(w)) weight_of_term_[w.term] = w.weight;
  find_floor(accepts);
  best_.clear();
  open_lists();
  for (std::uint32_t block = 0; block < index_.blocks().size(); ++block)
    search_block(block, accepts);
  for (const SparseWeight& w : query.weights)
    if (is_known(w)) weight_of_term_[w.term] = 0;
  std::ranges::sort(best_, nearer);
  return best_;
}

// Of the query at hand. Terms that it does not have add nothing.
double SparseSearch::score_of(std::uint32_t item) const {
  const float* asked = weight_of_term_.data();
  double overlap = 0;
  if (is_product(index_)) {
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
  for (const SparseWeight& w : query_.weights) {
    if (!is_known(w)) continue;
    const auto segments = index_.segments(w.term);
    lists_.push_back({w.term, w.weight, segments.data(), segments.data() + segments.size()});
  }
}

// Finds what the best items reach at least, from the lists of the rarest terms alone: those that
// have most of these are good ones. With it most of the work in the first blocks is spared.
void SparseSearch::find_floor(const Accepts& accepts) {
  open_lists();
  const auto lists = std::span(lists_).first(rare_lists());
  probed_.clear();
  for (std::uint32_t block = 0; block < index_.blocks().size() && !lists.empty(); ++block)
    probe(block, lists);
  if (probed_.size() < count_) return;
  const std::size_t tried = std::min(probed_.size(), 2 * count_);
  std::ranges::nth_element(probed_, probed_.begin() + static_cast<std::ptrdiff_t>(tried - 1),
                           nearer);
  for (const ScoredItem& item : std::span(probed_).first(tried)) consider(item.item, accepts);
  if (best_.size() == count_) floor_ = best_.front().score;
}

// So many that going through them is cheap beside the search.
std::size_t SparseSearch::rare_lists() const {
  const std::size_t most = std::max(index_.size() / 64, 8 * count_);
  std::size_t rare = 0, items = 0;
  for (const SparseWeight& w : query_.weights) {
    if (!is_known(w)) continue;
    items += index_.items_with(w.term);
    if (items > most) break;
    ++rare;
  }
  return rare;
}

void SparseSearch::probe(std::uint32_t block, std::span<List> lists) {
  gather(block, lists);
  for (const Active& list : active_) add(list);
  for (const Active& list : active_) {
    for (const std::uint16_t slot : std::span(list.slots, list.count)) {
      if (scores_[slot] > 0) probed_.push_back({scores_[slot], index_.item(block, slot)});
      scores_[slot] = 0;
    }
  }
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
  const std::size_t used = add_lists(needed, overlap);
  prepare_marks(number, used, overlap);
  const double least = std::max<double>(overlap - rest_[used], std::numeric_limits<float>::min());
  collect(needed, used, static_cast<float>(least * (1 - slack)));
  look_at(number, accepts);
}

void SparseSearch::gather(std::uint32_t block, std::span<List> lists) {
  active_.clear();
  for (List& list : lists) {
    if (list.next == list.end || list.next->block != block) continue;
    const SparseIndex::Segment& segment = *list.next++;
    // The next block's part of the list: soon wanted, and not where the processor expects it.
    __builtin_prefetch(index_.slots() + list.next->begin);
    __builtin_prefetch(index_.weights() + list.next->begin);
    active_.push_back({list.term, list.weight, segment.largest, index_.slots() + segment.begin,
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

// Adds the lists that are needed, then others as long as they spare more than they cost, but for
// the marked terms. Returns how many.
std::size_t SparseSearch::add_lists(std::size_t needed, double overlap) {
  for (const Active& list : std::span(active_).first(needed)) add(list);
  std::size_t used = needed;
  while (used < active_.size() && active_[used].term < index_.first_marked() &&
         is_worth_adding(used, needed, overlap))
    add(active_[used++]);
  return used;
}

// To look at an item's marks, and now and then at its vector, costs as much as ten places of a
// list.
bool SparseSearch::is_worth_adding(std::size_t list, std::size_t needed, double overlap) const {
  constexpr std::size_t kLookCost = 10;
  const auto least = static_cast<float>(overlap - rest_[list]);
  std::size_t looks = 0;
  for (const Active& one : std::span(active_).first(needed)) {
    for (const std::uint16_t slot : std::span(one.slots, one.count))
      looks += scores_[slot] >= least ? 1 : 0;
  }
  return looks * kLookCost > active_[list].count;
}

void SparseSearch::prepare_marks(std::uint32_t block, std::size_t used, double overlap) {
  const bool product = is_product(index_);
  marks_ = index_.marks(block);
  marked_.clear();
  double rest = 0;
  for (const Active& list : std::span(active_).subspan(used)) {
    const float most = product ? list.weight * list.largest : std::min(list.weight, list.largest);
    if (list.term < index_.first_marked()) {
      rest += most;
    } else {
      marked_.push_back({list.term - index_.first_marked(), most});
    }
  }
  const double slack = 2e-6 + 2.4e-7 * static_cast<double>(active_.size());
  needs_ = static_cast<float>((overlap - rest) * (1 - slack) - rest * slack);
}

// With what is added up and the terms that the item has according to its marks.
bool SparseSearch::might_reach(std::uint16_t slot) const {
  float sum = scores_[slot];
  for (const MarkedTerm& term : marked_)
    sum += static_cast<float>((marks_[slot] >> term.bit) & 1U) * term.most;
  return sum >= needs_;
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

// What reaches `least` is in a needed list. Few of these are gone through again, a place that is in
// two being zero at the second; else all places are looked at, which is fast when done in a row.
void SparseSearch::collect(std::size_t needed, std::size_t used, float least) {
  std::size_t places = 0, added = 0;
  for (std::size_t i = 0; i < used; ++i) {
    places += i < needed ? active_[i].count : 0;
    added += active_[i].count;
  }
  if (places > kBlock / 8) {
    slots_.resize(kBlock + 1);  // places_at_least writes one ahead
    slots_.resize(places_at_least(scores_.data(), least, slots_.data()));
    std::erase_if(slots_, [this](std::uint16_t slot) { return !might_reach(slot); });
  } else {
    slots_.clear();
    for (const Active& list : std::span(active_).first(needed)) {
      for (const std::uint16_t slot : std::span(list.slots, list.count)) {
        if (scores_[slot] >= least && might_reach(slot)) slots_.push_back(slot);
        scores_[slot] = 0;
      }
    }
  }
  if (added > kBlock / 4) {
    std::ranges::fill(scores_, 0.0F);
  } else {
    clear(std::span(active_).first(used));
  }
}

void SparseSearch::clear(std::span<const Active> lists) {
  for (const Active& list : lists) {
    for (const std::uint16_t slot : std::span(list.slots, list.count)) scores_[slot] = 0;
  }
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
