// A line of `preview.jsonl`: what the classes are surest about in one picture, for people to look
// at.
// {"image": id, "width", "height", "boxes": [[x1, y1, x2, y2], …] as shares of the picture,
//  "labels": ["dog", …], "confidences": [0.312, …], "attributes": ["gray", …]}, the last three only
// where there are some.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/data/regions.h"

namespace unimo::stages {

inline constexpr std::size_t kPreviewedRegions = 36;

// All regions, the surest first; in their order where none has a class.
std::vector<std::size_t> surest_regions(const trainer::RegionRecord& record);

struct PreviewWords {
  std::span<const std::string> classes;
  // The word for a region's attribute; empty: it has none.
  std::function<std::string_view(std::size_t region)> attribute;
};

// Without the end of the line. Regions without classes give boxes without words.
std::string preview_line(const trainer::RegionRecord& record, std::span<const std::size_t> regions,
                         const PreviewWords& words);

}  // namespace unimo::stages
