// Finds in a sparse index the items most like a query, exactly: what a look at every item would
// give, the smaller number first among equals.
//
// How (see search_block): with `count` good items known, an item must reach the score of the worst
// of them. Terms are taken from the rarest on. What the frequent ones can add at most is known, so
// that an item that has only such terms need not be looked at (MaxScore: Turtle and Flood, "Query
// evaluation: strategies and optimizations", Information Processing & Management 1995), and this
// for each block anew. Of the most frequent terms an item's marks say which
// it has, so that their long lists are not gone through. Bounds: the largest weights in the block;
// for products also the inequality of Cauchy and Schwarz; for Jaccard the sizes in the block. What
// might still reach the score is computed from its own vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stages/retrieval/sparse_index.h"

namespace unimo::stages {

struct ScoredItem {
  double score = 0;
  std::uint32_t item = 0;
  bool operator==(const ScoredItem&) const = default;
};

struct SparseQuery {
  std::span<const SparseWeight> weights;  // terms ascend
  double size = 0;                        // kWeightedJaccard: the sum of the weights
};

// One thread's work space, about 60 KiB and 4 bytes a term; several may search one index, which
// must outlive them.
class SparseSearch {
 public:
  // Whether an item may be among the nearest; asked only of some that would be. The answer must be
  // the same each time.
  using Accepts = std::function<bool(const ScoredItem&)>;

  explicit SparseSearch(const SparseIndex& index);

  // The best `count` items that are accepted, best first. Items without a common term are never
  // among them. Terms that the index does not have are left out. Scores are sums in the order of
  // the terms, in double precision. Valid until the next call.
  std::span<const ScoredItem> nearest(const SparseQuery& query, std::size_t count,
                                      const Accepts& accepts);

 private:
  // A term of the query and where its segments go on.
  struct List {
    std::uint32_t term = 0;
    float weight = 0;
    const SparseIndex::Segment* next = nullptr;
    const SparseIndex::Segment* end = nullptr;
  };
  // Its items in the block at hand.
  struct Active {
    std::uint32_t term = 0;
    float weight = 0, largest = 0;
    const std::uint16_t* slots = nullptr;
    const float* weights = nullptr;
    std::size_t count = 0;
  };

  bool is_known(const SparseWeight& w) const { return w.term < index_.terms() && w.weight > 0; }
  void open_lists();
  void find_floor(const Accepts& accepts);
  std::size_t rare_lists() const;
  void probe(std::uint32_t block, std::span<List> lists);
  void search_block(std::uint32_t block, const Accepts& accepts);
  void gather(std::uint32_t block, std::span<List> lists);
  void bound_rest(const SparseIndex::Block& block);
  double overlap_for(double score, const SparseIndex::Block& block) const;
  std::size_t lists_needed(double overlap) const;
  std::size_t add_lists(std::size_t needed, double overlap);
  bool is_worth_adding(std::size_t list, std::size_t needed, double overlap) const;
  void add(const Active& list);
  void collect(std::size_t needed, std::size_t used, float least);
  void prepare_marks(std::uint32_t block, std::size_t used, double overlap);
  bool might_reach(std::uint16_t slot) const;
  void clear(std::span<const Active> lists);
  void look_at(std::uint32_t block, const Accepts& accepts);
  void consider(std::uint32_t item, const Accepts& accepts);
  double score_of(std::uint32_t item) const;
  double worst() const;

  const SparseIndex& index_;
  SparseQuery query_;
  std::size_t count_ = 0;
  double floor_ = 0;  // `count_` items are known to reach it
  std::vector<List> lists_;
  std::vector<Active> active_;
  std::vector<float> weight_of_term_;  // the query's; zero between searches
  std::vector<double> rest_;           // what active lists from each one on add at most
  // What might_reach needs, of the block at hand: the marks, what marked terms that were not added
  // up give at most, and what an item needs beside the other ones.
  struct MarkedTerm {
    unsigned bit = 0;
    float most = 0;
  };
  const std::uint64_t* marks_ = nullptr;
  std::vector<MarkedTerm> marked_;
  float needs_ = 0;
  std::vector<float> scores_;         // by place of the block; zero between blocks
  std::vector<std::uint16_t> slots_;  // found in the block
  std::vector<ScoredItem> probed_;    // of find_floor
  std::vector<ScoredItem> best_;      // a heap, worst first
};

}  // namespace unimo::stages
