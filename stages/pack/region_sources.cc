#include "stages/pack/region_sources.h"

namespace unimo::stages {

using trainer::RegionView;
using trainer::ShardReader;

Result<RegionSources> RegionSources::open(std::span<const InputItem> artifacts) {
  RegionSources sources;
  for (const InputItem& artifact : artifacts) UNIMO_TRY(sources.add(artifact));
  return sources;
}

Status RegionSources::add(const InputItem& artifact) {
  const auto path = artifact.path / "regions.json";
  auto info = UNIMO_TRY(trainer::read_regions_info(path));
  if (shards_.empty()) {
    info_ = info;
  } else if (info.extractor != info_.extractor || info.feature_size != info_.feature_size ||
             info.classes != info_.classes || info.views != info_.views) {
    return fail(ErrorCode::kInvalid,
                "{}: extractor {}, {} features, {} classes, {} views; {} has {}, {}, {}, {} (or "
                "other class names); one "
                "pack needs one kind of regions",
                path.string(), info.extractor, info.feature_size, info.classes.size(), info.views,
                shards_.front().path().parent_path().string(), info_.extractor, info_.feature_size,
                info_.classes.size(), info_.views);
  }
  shards_.push_back(UNIMO_TRY(ShardReader::open(artifact.path / "regions.shard", "regions")));
  const ShardReader& shard = shards_.back();
  if (shard.count() != info.images * info.views) {
    return fail(ErrorCode::kIntegrity,
                "{}: {} records, but regions.json speaks of {} images in {} views",
                shard.path().string(), shard.count(), info.images, info.views);
  }
  for (std::size_t i = 0; i < shard.count(); ++i) {
    UNIMO_TRY(add_record(i, fmt::format("{}: record {}", shard.path().string(), i)));
  }
  return ok();
}

Status RegionSources::add_record(std::size_t record, std::string_view origin) {
  const auto number = static_cast<std::uint32_t>(shards_.size() - 1);
  const std::size_t per_view = shards_.back().count() / info_.views;
  const RegionView regions =
      UNIMO_TRY(RegionView::parse(shards_.back().unverified(record), origin));
  const std::uint32_t view = regions.view();
  if (view != record / per_view || regions.feature_size() != info_.feature_size) {
    return fail(ErrorCode::kIntegrity, "{}: view {} with {} features where view {} with {} belongs",
                origin, view, regions.feature_size(), record / per_view, info_.feature_size);
  }
  if (view == 0) {
    const Place place{.shard = number, .regions = regions.count()};
    const auto [found, is_new] = records_.emplace(regions.id(), place);
    if (!is_new) {
      return fail(ErrorCode::kInvalid, "{}: image {} has regions in {} already", origin,
                  regions.id(), shards_[found->second.shard].path().string());
    }
  }
  const auto found = records_.find(std::string(regions.id()));
  if (found == records_.end() || found->second.shard != number) {
    return fail(ErrorCode::kIntegrity, "{}: image {} has a mirrored view but no plain one", origin,
                regions.id());
  }
  found->second.record[view] = static_cast<std::uint32_t>(record);
  return ok();
}

Result<std::span<const std::byte>> RegionSources::record(const std::string& id,
                                                         std::uint32_t view) const {
  UNIMO_CHECK(view < info_.views, "view {} of {}", view, info_.views);
  const Place& place = records_.at(id);
  return shards_[place.shard].record(place.record[view]);
}

}  // namespace unimo::stages
