// `preview.jsonl`: what the weak detector is surest about in each picture, for people to look at.
// One line a picture:
// {"image": id, "boxes": [[x1, y1, x2, y2], …] as shares of width and height, "labels": ["dog
// 0.31", …]}.
#pragma once

#include <filesystem>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// Reads the finished regions.json and regions.shard of `folder` and adds the preview. Regions
// without classes give boxes without words.
Status write_preview(const std::filesystem::path& folder);

}  // namespace unimo::stages
