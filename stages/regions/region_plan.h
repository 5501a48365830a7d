// Which rectangles of an image become regions: the windows of the grid, then its annotated boxes.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/records.h"
#include "stages/regions/windows.h"

namespace unimo::stages {

struct RegionPlan {
  std::vector<CellBox> cells;               // what is described
  std::vector<std::array<float, 4>> boxes;  // the same as shares of width and height
  std::vector<std::string> labels;          // of the annotated boxes, which come last
};

// At most `max_boxes` annotated boxes, the first ones. A box that leaves its picture, or is empty,
// is an error that names image, box and size.
Result<RegionPlan> plan_regions(const ImageRecord& image, int max_boxes);

RegionPlan mirrored(const RegionPlan& plan);

}  // namespace unimo::stages
