// Regions artifacts as one: where the record of an image and view lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

// Shards of one extraction, or several extractions that agree in extractor, sizes, classes and
// views.
class RegionSources {
 public:
  // kInvalid when artifacts do not agree, or two hold the same image.
  static Result<RegionSources> open(std::span<const InputItem> artifacts);

  const trainer::RegionsInfo& info() const { return info_; }  // of the first artifact
  std::size_t images() const { return records_.size(); }
  bool has(std::string_view id) const { return records_.contains(std::string(id)); }
  // Regions in view 0; `id` must be there.
  std::uint32_t regions(const std::string& id) const { return records_.at(id).regions; }
  // Verified bytes of a record; `id` must be there.
  Result<std::span<const std::byte>> record(const std::string& id, std::uint32_t view) const;

 private:
  struct Place {
    std::uint32_t shard = 0;
    std::uint32_t regions = 0;
    std::uint32_t record[2] = {};  // by view
  };
  Status add(const InputItem& artifact);
  Status add_record(std::size_t record, std::string_view origin);

  trainer::RegionsInfo info_;
  std::vector<trainer::ShardReader> shards_;
  std::unordered_map<std::string, Place> records_;  // looked up only
};

}  // namespace unimo::stages
