// Pictures of a regions artifact as one vector each: the whole picture beside the mean of its
// regions.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/regions/matrix.h"

namespace unimo::stages {

struct PooledPictures {
  std::vector<std::string> ids;
  std::vector<std::string> splits;
  std::map<std::string, std::int64_t> row_of_id;
  std::vector<Matrix> views;  // [pictures, size]: as they are; mirrored, when the artifact has it
};

// `pooling` is "whole" (the first region), "mean" (of all regions) or "both" (one after the other).
Result<PooledPictures> read_pooled_pictures(const std::filesystem::path& regions,
                                            std::string_view pooling);

}  // namespace unimo::stages
