// The weights of one block of items, put together by term: what an index is built from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stages/retrieval/sparse_index.h"

namespace unimo::stages {

struct BlockPosting {
  std::uint16_t slot = 0;  // of the item in its block
  float weight = 0;
};

// Used again for block after block. One thread.
class BlockPostings {
 public:
  explicit BlockPostings(std::uint32_t terms) : next_(terms, 0) {}

  void read(const SparseVectors& vectors, std::span<const std::uint32_t> items);

  // The terms of the block, in no order; of each, the items that have it, in theirs.
  std::span<const std::uint32_t> terms() const { return terms_; }
  std::span<const BlockPosting> of(std::size_t term) const {
    return std::span(postings_).subspan(begins_[term], begins_[term + 1] - begins_[term]);
  }

 private:
  std::vector<std::uint32_t> terms_;
  std::vector<std::uint32_t> begins_;  // of each of `terms_`, and the end
  std::vector<BlockPosting> postings_;
  std::vector<std::uint32_t> next_;  // by term; zero between blocks
};

// The weight that parts a term's usual weights from its large ones, such that the usual ones taken
// for it, and the large ones for the largest of all, are too large by as little as possible
// together. The largest of all when they hardly differ. `postings` are some.
float usual_weight(std::span<const BlockPosting> postings);

}  // namespace unimo::stages
