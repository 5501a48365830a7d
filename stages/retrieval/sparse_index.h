// An inverted index over sparse vectors, cut into blocks: what sparse_search.h finds the nearest
// vectors in.
//
// Items of about the same size stand together: they are sorted by size, and every 8192 in a row
// make a block. Of each term the index keeps, block by block, the items that have it with their
// weights, and the largest of these weights; so a search knows what a block can give at most
// before it looks into it (block-max indexes: Ding and Suel, "Faster top-k document retrieval using
// block-max indexes", SIGIR 2011).
//
// The 64 most frequent terms, whose lists are long and whose weights are small, are also marked
// with the item, a bit each.
//
// Memory: 14 bytes a weight (8 in the vector, 6 in its term's list), 24 an item, and 16 for each
// term and block that has it. Nothing changes after construction: all calls may overlap.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unimo::stages {

// How alike a query q and an item d are.
enum class SparseSimilarity {
  kDotProduct,       // sum of q_t * d_t: the cosine of vectors of length 1; BM25
  kWeightedJaccard,  // sum of min(q_t, d_t) / sum of max(q_t, d_t), 0 to 1
};

struct SparseWeight {
  std::uint32_t term = 0;
  float weight = 0;  // positive
};

// Vectors one behind the other. Terms ascend within a vector and are best numbered from the rarest
// to the most frequent: a search takes them in this order. Results do not depend on it.
struct SparseVectors {
  std::vector<std::size_t> begins = {0};  // of each vector in `weights`, and the end
  std::vector<SparseWeight> weights;
  std::vector<float> sizes;  // kWeightedJaccard: the sum of the weights; kDotProduct: what groups
                             // items, such as their length

  std::size_t count() const { return sizes.size(); }
  std::span<const SparseWeight> operator[](std::size_t item) const {
    return std::span(weights).subspan(begins[item], begins[item + 1] - begins[item]);
  }
  // Ends the vector whose weights were just added.
  void close(float size) {
    begins.push_back(weights.size());
    sizes.push_back(size);
  }
};

class SparseIndex {
 public:
  static constexpr std::size_t kBlock = 8192;  // items; their scores fill the first-level cache

  static constexpr std::uint32_t kMarked = 64;  // terms that are marked

  // The items that have one term, in one block. They end where the next segment begins.
  struct Segment {
    std::uint32_t block = 0;
    float largest = 0;  // weight
    std::uint64_t begin = 0;
  };
  struct Block {
    float smallest_size = 0, largest_size = 0;
    float longest = 0;  // Euclidean length of a vector
  };

  // `terms`: all terms are below. Fewer than 2^32 items.
  SparseIndex(SparseVectors vectors, std::uint32_t terms, SparseSimilarity similarity);

  std::size_t size() const { return vectors_.count(); }
  std::uint32_t terms() const { return static_cast<std::uint32_t>(segment_begins_.size() - 1); }
  SparseSimilarity similarity() const { return similarity_; }
  const SparseVectors& vectors() const { return vectors_; }

  std::span<const Block> blocks() const { return blocks_; }
  // Of a term, by block.
  std::span<const Segment> segments(std::uint32_t term) const {
    return std::span(segments_).subspan(segment_begins_[term],
                                        segment_begins_[term + 1] - segment_begins_[term]);
  }
  // The item at a place of a block.
  std::uint32_t item(std::size_t block, std::size_t slot) const {
    return item_of_place_[block * kBlock + slot];
  }
  // Which of the marked terms the items of a block have, by place; bit 0 is `first_marked`.
  const std::uint64_t* marks(std::size_t block) const { return marks_.data() + block * kBlock; }
  std::uint32_t first_marked() const { return terms() - std::min(terms(), kMarked); }
  // Places within their block, and weights, of all segments: read from Segment::begin on.
  const std::uint16_t* slots() const { return slots_.data(); }
  const float* weights() const { return weights_.data(); }
  std::size_t items_with(std::uint32_t term) const;

 private:
  void sort_items();
  void describe_blocks();
  std::vector<std::uint64_t> count_terms(std::uint32_t terms);
  void fill_lists(std::vector<std::uint64_t> next);
  void mark_items();

  SparseSimilarity similarity_;
  SparseVectors vectors_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> item_of_place_;
  std::vector<std::size_t> segment_begins_;  // by term, and the end
  std::vector<Segment> segments_;            // and one behind the last
  std::vector<std::uint64_t> marks_;         // by place
  std::vector<std::uint16_t> slots_;
  std::vector<float> weights_;
};

}  // namespace unimo::stages
