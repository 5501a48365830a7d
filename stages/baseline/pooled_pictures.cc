#include "stages/baseline/pooled_pictures.h"

#include <algorithm>

#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

namespace {

void pool(const trainer::RegionView& record, std::string_view pooling, std::span<float> out) {
  const std::size_t size = record.feature_size();
  std::vector<float> features(record.count() * size);
  record.features(features);
  if (pooling != "mean") std::copy_n(features.begin(), size, out.begin());
  if (pooling == "whole") return;
  const auto mean = out.last(size);
  std::ranges::fill(mean, 0.0F);
  for (std::size_t region = 0; region < record.count(); ++region) {
    for (std::size_t j = 0; j < size; ++j) mean[j] += features[region * size + j];
  }
  for (float& value : mean) value /= static_cast<float>(record.count());
}

}  // namespace

Result<PooledPictures> read_pooled_pictures(const std::filesystem::path& regions,
                                            std::string_view pooling) {
  const auto info = UNIMO_TRY(trainer::read_regions_info(regions / "regions.json"));
  const auto shard = UNIMO_TRY(trainer::ShardReader::open(regions / "regions.shard", "regions"));
  PooledPictures pictures;
  const auto images = static_cast<std::int64_t>(info.images);
  if (shard.count() != info.images * info.views) {
    return fail(ErrorCode::kIntegrity, "{}: {} records, not {} images in {} views",
                shard.path().string(), shard.count(), images, info.views);
  }
  const auto size = static_cast<std::int64_t>(info.feature_size) * (pooling == "both" ? 2 : 1);
  for (std::uint32_t view = 0; view < info.views; ++view) pictures.views.emplace_back(images, size);
  for (std::size_t i = 0; i < shard.count(); ++i) {
    const std::string origin = fmt::format("{}: record {}", shard.path().string(), i);
    const auto bytes = UNIMO_TRY(shard.record(i));
    const auto record = UNIMO_TRY(trainer::RegionView::parse(bytes, origin));
    if (record.count() == 0 || record.feature_size() != info.feature_size) {
      return fail(ErrorCode::kIntegrity,
                  "{}: {} regions of {} numbers; at least one of {} is needed", origin,
                  record.count(), record.feature_size(), info.feature_size);
    }
    const auto row = static_cast<std::int64_t>(i % info.images);
    if (i < info.images) {
      pictures.ids.emplace_back(record.id());
      pictures.splits.emplace_back(record.split());
      pictures.row_of_id.emplace(record.id(), row);
    }
    pool(record, pooling, pictures.views[i / info.images].row(row));
  }
  return pictures;
}

}  // namespace unimo::stages
