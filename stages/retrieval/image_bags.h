// The image collection: from regions artifacts, of each picture the bag of its objects.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/retrieval/image_index.h"
#include "trainer/data/regions.h"

namespace unimo::stages {

struct BagOptions {
  BagWeight weight = BagWeight::kLargest;
  float min_probability = 0.1F;
  std::vector<bool> ignored;  // by class; as long as there are classes
};

// kIntegrity, naming `origin`, for a class that there is not, or a probability that is none.
Result<std::vector<ClassWeight>> bag_of(const trainer::RegionView& regions,
                                        const BagOptions& options, std::string_view origin);

struct CollectionOptions {
  BagWeight weight = BagWeight::kLargest;
  float min_probability = 0.1F;
  std::vector<std::string> ignored_classes;
  std::set<std::string> splits;    // pictures of others are not found
  std::set<std::string> excluded;  // nor are these ids
  bool means = false;              // keep the mean features
};

// Immutable after reading: any number of searches at a time. Beside the index, an id and about 100
// bytes a picture, and with `means` 2 bytes a feature.
class ImageCollection {
 public:
  // Every record is checked against its stored hash; mirrored views are not looked at. kInvalid
  // when artifacts have other classes or features, two have the same picture, or none has classes.
  static Result<ImageCollection> read(std::span<const InputItem> artifacts,
                                      const CollectionOptions& options);

  const ImageIndex& index() const { return index_; }
  std::size_t size() const { return ids_.size(); }
  std::size_t without_objects() const { return without_objects_; }
  std::size_t findable() const { return findable_count_; }
  std::optional<std::uint32_t> find(const std::string& id) const;
  const std::string& id(std::uint32_t image) const { return ids_[image]; }
  bool is_findable(std::uint32_t image) const { return findable_[image]; }

  // The first `count` of `found` after ordering them by the cosine of their mean features with
  // those of `image`, their scores that cosine; the smaller number first among equals.
  std::vector<ScoredItem> reranked(std::uint32_t image, std::span<const ScoredItem> found,
                                   std::size_t count) const;

 private:
  friend class CollectionReader;
  explicit ImageCollection(ImageIndex index) : index_(std::move(index)) {}

  ImageIndex index_;
  std::vector<std::string> ids_;
  std::vector<bool> findable_;
  std::size_t findable_count_ = 0, without_objects_ = 0;
  std::unordered_map<std::string, std::uint32_t> number_of_id_;  // looked up only
  std::size_t feature_size_ = 0;
  std::vector<std::uint16_t> means_;  // [pictures, features], halves, length 1
};

}  // namespace unimo::stages
