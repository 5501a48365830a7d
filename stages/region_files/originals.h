// Rows as they came, as records of `originals.shard` (schema `region_rows`, docs/formats.md): what
// a regions artifact keeps besides when asked to, so that an export gives the files back bit by
// bit.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/region_files/region_row.h"

namespace unimo::stages {

std::vector<std::byte> encode_original(const RegionRow& row);
// `origin` names the record in an error.
Result<RegionRow> decode_original(std::span<const std::byte> bytes, std::string_view origin);

}  // namespace unimo::stages
