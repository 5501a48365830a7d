#include "stages/retrieval/image_bags.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "orchestrator/stage/stage.h"
#include "trainer/data/half.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

using trainer::RegionsInfo;
using trainer::RegionView;
using trainer::ShardReader;

Result<std::vector<ClassWeight>> bag_of(const RegionView& regions, const BagOptions& options,
                                        std::string_view origin) {
  const std::size_t guesses = std::size_t{regions.count()} * regions.top_k();
  std::vector<std::uint16_t> classes(guesses);
  std::vector<float> probabilities(guesses);
  regions.classes(classes);
  regions.probabilities(probabilities);
  std::vector<ClassWeight> bag;
  for (std::size_t i = 0; i < guesses; ++i) {
    const float probability = probabilities[i];
    // Halves of numbers that add up to 1 may be a little more.
    if (classes[i] >= options.ignored.size() || !(probability >= 0 && probability <= 1.001F)) {
      return fail(ErrorCode::kIntegrity,
                  "{}: region {} of image {} has class {} with probability {}; classes are below "
                  "{}, probabilities 0 to 1; make the regions anew",
                  origin, i / regions.top_k(), regions.id(), classes[i], probability,
                  options.ignored.size());
    }
    if (probability > 0 && probability >= options.min_probability && !options.ignored[classes[i]])
      add_to_bag(bag, {classes[i], probability}, options.weight);
  }
  return bag;
}

// Reads artifact after artifact.
class CollectionReader {
 public:
  explicit CollectionReader(const CollectionOptions& options)
      : options_(options), collection_(ImageIndexBuilder(0).build()) {}

  Status add(const InputItem& artifact) {
    const auto path = artifact.path / "regions.json";
    RegionsInfo info = UNIMO_TRY(trainer::read_regions_info(path));
    if (path_.empty()) {
      begin(path.string(), std::move(info));
    } else if (info.classes != info_.classes || info.feature_size != info_.feature_size) {
      return fail(ErrorCode::kInvalid,
                  "{}: {} classes and {} features; {} has {} and {} (or other class names); "
                  "pictures compare only when one extractor described them",
                  path.string(), info.classes.size(), info.feature_size, path_,
                  info_.classes.size(), info_.feature_size);
    }
    const ShardReader shard =
        UNIMO_TRY(ShardReader::open(artifact.path / "regions.shard", "regions"));
    if (shard.count() != info.images * info.views) {
      return fail(ErrorCode::kIntegrity,
                  "{}: {} records, but regions.json speaks of {} images in {} views; make the "
                  "regions anew",
                  shard.path().string(), shard.count(), info.images, info.views);
    }
    for (std::size_t i = 0; i < info.images; ++i) UNIMO_TRY(add_record(shard, i));
    return ok();
  }

  Result<ImageCollection> finish() {
    UNIMO_CHECK(builder_.has_value(), "no regions for a collection of {} pictures",
                collection_.size());
    if (guesses_ == 0 && !collection_.ids_.empty()) {
      return fail(ErrorCode::kInvalid,
                  "{}: its regions have no classes, by which images are compared; take another "
                  "extractor or set images.enabled to false",
                  path_);
    }
    collection_.index_ = std::move(*builder_).build();
    return std::move(collection_);
  }

 private:
  void begin(std::string path, RegionsInfo info) {
    path_ = std::move(path);
    info_ = std::move(info);
    builder_.emplace(static_cast<std::uint32_t>(info_.classes.size()));
    bags_ = {.weight = options_.weight, .min_probability = options_.min_probability};
    for (const std::string& name : info_.classes)
      bags_.ignored.push_back(std::ranges::find(options_.ignored_classes, name) !=
                              options_.ignored_classes.end());
    collection_.feature_size_ = info_.feature_size;
  }

  Status add_record(const ShardReader& shard, std::size_t record) {
    if (record % 1024 == 0 && StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while reading regions");
    const std::string origin = fmt::format("{}: record {}", shard.path().string(), record);
    const auto bytes = UNIMO_TRY(shard.record(record));
    const RegionView regions = UNIMO_TRY(RegionView::parse(bytes, origin));
    if (regions.view() != 0 || regions.feature_size() != info_.feature_size) {
      return fail(
          ErrorCode::kIntegrity,
          "{}: view {} with {} features where view 0 with {} belongs; make the regions anew",
          origin, regions.view(), regions.feature_size(), info_.feature_size);
    }
    const auto bag = UNIMO_TRY(bag_of(regions, bags_, origin));
    UNIMO_TRY(add_picture(regions, origin));
    guesses_ += std::size_t{regions.count()} * regions.top_k();
    collection_.without_objects_ += bag.empty() ? 1 : 0;
    builder_->add(bag);
    if (options_.means) add_mean(regions);
    return ok();
  }

  Status add_picture(const RegionView& regions, const std::string& origin) {
    std::string id(regions.id());
    const auto number = static_cast<std::uint32_t>(collection_.ids_.size());
    if (!collection_.number_of_id_.emplace(id, number).second) {
      return fail(ErrorCode::kInvalid, "{}: image {} has regions already; give each image once",
                  origin, id);
    }
    const bool findable =
        options_.splits.contains(std::string(regions.split())) && !options_.excluded.contains(id);
    collection_.findable_.push_back(findable);
    collection_.findable_count_ += findable ? 1 : 0;
    collection_.ids_.push_back(std::move(id));
    return ok();
  }

  // Of length 1, so that products are cosines; all zero without regions.
  void add_mean(const RegionView& regions) {
    const std::size_t size = info_.feature_size;
    features_.resize(size * regions.count());
    regions.features(features_);
    std::vector<double> sums(size, 0);
    for (std::size_t i = 0; i < features_.size(); ++i) sums[i % size] += features_[i];
    const double length =
        std::sqrt(std::inner_product(sums.begin(), sums.end(), sums.begin(), 0.0));
    std::vector<float> mean(size, 0);
    for (std::size_t i = 0; i < size && length > 0; ++i)
      mean[i] = static_cast<float>(sums[i] / length);
    auto& means = collection_.means_;
    means.resize(means.size() + size);
    trainer::floats_to_halves(mean, std::span(means).last(size));
  }

  const CollectionOptions& options_;
  ImageCollection collection_;
  std::string path_;  // of the first artifact
  RegionsInfo info_;
  BagOptions bags_;
  std::optional<ImageIndexBuilder> builder_;
  std::size_t guesses_ = 0;
  std::vector<float> features_;
};

Result<ImageCollection> ImageCollection::read(std::span<const InputItem> artifacts,
                                              const CollectionOptions& options) {
  CollectionReader reader(options);
  for (const InputItem& artifact : artifacts) UNIMO_TRY(reader.add(artifact));
  return reader.finish();
}

std::optional<std::uint32_t> ImageCollection::find(const std::string& id) const {
  const auto found = number_of_id_.find(id);
  return found == number_of_id_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<ScoredItem> ImageCollection::reranked(std::uint32_t image,
                                                  std::span<const ScoredItem> found,
                                                  std::size_t count) const {
  const auto mean_of = [&](std::uint32_t number, std::vector<float>& mean) {
    mean.resize(feature_size_);
    trainer::halves_to_floats(std::span(means_).subspan(number * feature_size_, feature_size_),
                              mean);
  };
  std::vector<float> own, other;
  mean_of(image, own);
  std::vector<ScoredItem> ordered;
  for (const ScoredItem& item : found) {
    mean_of(item.item, other);
    ordered.push_back({std::inner_product(own.begin(), own.end(), other.begin(), 0.0), item.item});
  }
  std::ranges::sort(ordered, [](const ScoredItem& a, const ScoredItem& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  ordered.resize(std::min(count, ordered.size()));
  return ordered;
}

}  // namespace unimo::stages
