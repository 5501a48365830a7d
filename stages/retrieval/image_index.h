// Pictures that show the same objects, exactly.
//
// Of a picture's detected regions a bag is made: for each class how sure the detector is of it. Two
// pictures are as alike as their bags overlap: with w_c a class's weight in the bag times its idf,
//
//   sum of min(w_c, w'_c) / sum of max(w_c, w'_c)          idf = ln(1 + N / df)
//
// over all classes, which is 1 for equal bags and 0 without a common class. This is the weighted
// Jaccard measure with inverse document frequencies of Chum, Philbin and Zisserman ("Near duplicate
// image detection: min-hash and tf-idf weighting", BMVC 2008, sim_h); 1 under the logarithm keeps
// a class that all pictures show above 0. It was chosen because it asks for much overlap on both
// sides, where a dot product rewards pictures full of objects, and because walls, windows and
// shirts are in most pictures and say little.
//
// Memory: 14 bytes a class of a picture, 32 a picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stages/retrieval/sparse_index.h"
#include "stages/retrieval/sparse_search.h"

namespace unimo::stages {

struct ClassWeight {
  std::uint32_t cls = 0;
  float weight = 0;
};

// What several regions of one class weigh.
enum class BagWeight {
  kLargest,  // the surest: boxes of one object overlap, and would count many times
  kSum,      // all together: ten sheep are more than one
};

// Adds a region's guess; bags are small and in no order.
void add_to_bag(std::vector<ClassWeight>& bag, ClassWeight guess, BagWeight weight);

// Immutable: any number of searches at a time.
class ImageIndex {
 public:
  std::size_t size() const { return index_.size(); }

 private:
  friend class ImageIndexBuilder;
  friend class ImageSearch;
  explicit ImageIndex(SparseIndex index) : index_(std::move(index)) {}
  SparseIndex index_;
};

// add*, then build, once. One thread.
class ImageIndexBuilder {
 public:
  // All classes are below `classes`.
  explicit ImageIndexBuilder(std::uint32_t classes) : pictures_with_(classes, 0) {}
  // Pictures are numbered from 0. Weights are positive, each class at most once.
  void add(std::span<const ClassWeight> bag);
  ImageIndex build() &&;

 private:
  SparseVectors bags_;
  std::vector<std::uint32_t> pictures_with_;  // by class
};

struct ImageQuery {
  std::size_t count = 100;
  double duplicate = 2;  // pictures more alike are the same one: left out
  std::function<bool(std::uint32_t)> accepts = {};  // others are left out; none: all may come
};

// One thread; `index` must outlive it.
class ImageSearch {
 public:
  explicit ImageSearch(const ImageIndex& index) : index_(index.index_), search_(index.index_) {}
  // The pictures most like one of the index, without itself, best first, the smaller number first
  // among equals; none without a common class. Valid until the next call.
  std::span<const ScoredItem> nearest(std::uint32_t image, const ImageQuery& wanted);

 private:
  const SparseIndex& index_;
  SparseSearch search_;
};

}  // namespace unimo::stages
