// `preview.jsonl` of the stages that look at pictures: a line a picture
// (stages/region_files/region_preview.h).
#pragma once

#include <cstddef>
#include <filesystem>

#include "orchestrator/base/result.h"

namespace unimo::stages {

struct PreviewChoice {
  std::size_t most = 36;   // regions of a picture, the surest first
  float most_overlap = 1;  // intersection over union with one that is shown; others are left out
};

// Reads the finished regions.json and regions.shard of `folder` and adds the preview.
Status write_preview(const std::filesystem::path& folder, const PreviewChoice& choice);

}  // namespace unimo::stages
