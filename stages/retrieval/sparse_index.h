// An inverted index over sparse vectors, cut into blocks: what sparse_search.h finds the nearest
// vectors in.
//
// Items that are alike stand together: for products those of about the same size, for Jaccard those
// of the same cluster (item_clusters.h), by size within it. Every 2048 in a row make a block. Of
// each term and block that has it the index keeps a segment with the largest weight, so that a
// search knows what a block can give at most before it looks into it (block-max indexes: Ding and
// Suel, "Faster top-k document retrieval using block-max indexes", SIGIR 2011). Where few items of
// the block have the term, the segment lists them with their weights; where many have it, it has
// two bits for each item: whether the item has the term, and whether with a large weight (a choice
// block by block, as in Roaring bitmaps: Chambi et al., Software: Practice and Experience 2016).
//
// Memory: 8 bytes a weight in the vector, and 6 in a list or less in bits; 24 an item, and 24 for
// each term and block that has it. Nothing changes after construction: all calls may overlap.
#pragma once

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

class BlockPostings;

class SparseIndex {
 public:
  static constexpr std::size_t kBlock = 2048;  // items; their scores fit the first-level cache
  static constexpr std::size_t kGroup = 64;    // items of a block whose bits are in one word

  // A term in 64 items, by place.
  struct GroupBits {
    std::uint64_t has = 0;
    std::uint64_t large = 0;  // has it with more than the segment's usual weight
  };
  // The items of one block that have one term.
  struct Segment {
    std::uint32_t block = 0;
    std::uint32_t count = 0;
    float usual = 0, largest = 0;  // weight
    std::uint64_t begin = 0;       // in slots() and weights(), or in bits()

    // In a short block, too, bits stand for all of kBlock items.
    bool is_dense() const { return count > kBlock / 32; }
  };
  struct Block {
    float smallest_size = 0;
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
  // Of a block, the smallest size of an item in each group.
  std::span<const float> group_sizes(std::size_t block) const;
  // What segments' begins point to: places within their block, and weights; or bits, by group.
  const std::uint16_t* slots() const { return slots_.data(); }
  const float* weights() const { return weights_.data(); }
  const GroupBits* bits() const { return bits_.data(); }
  std::size_t items_with(std::uint32_t term) const { return items_with_[term]; }

 private:
  void sort_items(std::uint32_t terms);
  void describe_blocks();
  void describe_groups();
  void make_segments(std::uint32_t terms);
  template <class Use>
  void for_each_block(BlockPostings& postings, const Use& use) const;

  SparseSimilarity similarity_;
  SparseVectors vectors_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> item_of_place_;
  std::vector<float> group_sizes_;
  std::vector<std::uint32_t> items_with_;    // by term
  std::vector<std::size_t> segment_begins_;  // by term, and the end
  std::vector<Segment> segments_;
  std::vector<std::uint16_t> slots_;
  std::vector<float> weights_;
  std::vector<GroupBits> bits_;
};

}  // namespace unimo::stages
