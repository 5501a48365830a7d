// Finds in a sparse index the items most like a query, exactly: what a look at every item would
// give, the smaller number first among equals.
//
// How: `count` good items are found from the rarest terms alone, which gives a score that the
// nearest must reach. The blocks that may reach it are gone through, those that promise most first,
// until none promises as much as the worst of the best items so far. In a block (search_block) the
// short lists are added up; where that might do together with the terms that many items have, their
// bits say which of them an item has (block_scan.h). Bounds: the largest weights in the block; for
// products also the inequality of Cauchy and Schwarz; for Jaccard the sizes in the block. What
// might still reach the score is computed from its own vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stages/retrieval/block_scan.h"
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

// One thread's work space, about 60 KiB, 4 bytes a term, and of a query 4 bytes for each of its
// terms and block; several may search one index, which must outlive them.
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
  // A term of the query.
  struct List {
    float weight = 0;
    std::size_t items = 0;
    std::span<const SparseIndex::Segment> segments;
  };
  struct BlockBound {
    double score = 0;  // that no item of it exceeds
    std::uint32_t block = 0;
  };

  bool is_known(const SparseWeight& w) const { return w.term < index_.terms() && w.weight > 0; }
  void open_lists();
  void find_floor(const Accepts& accepts);
  std::span<const List> rare_lists() const;
  void probe(std::span<const List> lists);
  void order_blocks();
  double bound_of(std::uint32_t block, double overlap) const;
  void search_block(std::uint32_t block, const Accepts& accepts);
  void gather(std::uint32_t block);
  void prefetch(std::uint32_t block) const;
  void add(const List& list, const SparseIndex::Segment& segment);
  float most(float weight, float largest) const;
  double overlap_for(double score, double size) const;
  void look_at(std::uint32_t block, const Accepts& accepts);
  void consider(std::uint32_t item, const Accepts& accepts);
  double score_of(std::uint32_t item) const;
  double worst() const;

  const SparseIndex& index_;
  bool product_;
  SparseQuery query_;
  double slack_ = 0;  // sums of floats are off by less, relatively
  std::size_t count_ = 0;
  double floor_ = 0;  // `count_` items are known to reach it
  std::vector<List> lists_;
  std::vector<float> weight_of_term_;      // the query's; zero between searches
  std::vector<std::uint32_t> segment_at_;  // [blocks, lists], from 1; 0: none
  std::vector<double> overlaps_;           // by block: what the lists give at most
  std::vector<BlockBound> order_;          // the most promising first
  std::vector<float> scores_;              // by place of the block; zero between blocks
  std::vector<DenseTerm> dense_;           // of the block at hand
  double together_ = 0;                    // what they add at most
  std::vector<ReachedPlace> reached_;      // the first `reached_count_` are of the block at hand
  std::size_t reached_count_ = 0;
  std::vector<ScoredItem> probed_;  // of find_floor
  std::vector<ScoredItem> best_;    // a heap, worst first
};

}  // namespace unimo::stages
