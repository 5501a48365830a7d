// Annotated objects and detections, from COCO's two files and from a run's artifacts, with ids as
// numbers: what the measures of evaluators/detection.h take.
//
// Official: instances_*.json (images, annotations with bbox [x, y, w, h], area and iscrowd,
// categories) and a results list [{"image_id", "category_id", "bbox", "score"}]. Of a run: records
// with boxes, and objects.jsonl of detector.predict with the names of its classes beside it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/detection.h"
#include "orchestrator/base/result.h"

namespace unimo::stages {

struct DetectionFiles {
  eval::DetectionSet set;
  std::vector<std::string> images;  // ids; in the order of the references
  std::vector<std::string> labels;  // names of classes
  std::vector<std::string> warnings;
};

// kInvalid, naming file, line and entry: no image, an id twice, an object of an unknown image or
// category, numbers that are not finite or negative sides, a detection of an unknown image.
// Detections of unknown categories are counted in a warning, as pycocotools passes over them.
Result<DetectionFiles> read_coco_detection(const std::filesystem::path& instances,
                                           const std::filesystem::path& results);

// Objects whose label is no class are left out, and counted in a warning; so are pictures without
// a prediction, which count as ones where nothing was found.
Result<DetectionFiles> read_run_detection(const std::filesystem::path& records,
                                          std::string_view split,
                                          const std::filesystem::path& predictions);

}  // namespace unimo::stages
