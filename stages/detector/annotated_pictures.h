// The annotated pictures of records as training takes them: labels become numbers, what cannot be
// learned from is left out and counted.
//
// Records of Visual Genome, COCO's instances, OpenImages or Flickr30k Entities are alike here:
// boxes with a label and perhaps attributes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/name_table.h"
#include "stages/ingest/records.h"
#include "trainer/detector_training/detector_objective.h"

namespace unimo::stages {

struct DetectorNames {
  NameTable classes, attributes;
};

// What was left out.
struct LeftOut {
  std::int64_t unknown_labels = 0;  // boxes whose label is no class
  std::int64_t small_boxes = 0;     // less than a pixel wide or high as the detector sees them
  std::int64_t bare_pictures = 0;   // pictures without a box that is left
  std::int64_t unknown_attributes = 0;
};

struct AnnotatedPictures {
  std::vector<trainer::TrainingPicture> pictures;
  // Of each: its record, without boxes, and the folder that it lies in.
  std::vector<ImageRecord> records;
  std::vector<std::size_t> folder;  // in `folders`
  std::vector<std::filesystem::path> folders;
  LeftOut left_out;
  std::int64_t boxes = 0;

  // Pixels of these pictures for training; `this` must outlive it. kInvalid names the picture that
  // cannot be used.
  trainer::PixelReader reader(const trainer::DetectorRules& rules) const;
};

// Labels and attributes of the boxes of some splits, by plain_name, with how often they occur.
struct NameCounts {
  std::map<std::string, std::int64_t> labels, attributes;
};
Result<NameCounts> count_names(const std::vector<std::filesystem::path>& folders,
                               const std::vector<std::string>& splits);

Result<AnnotatedPictures> read_annotated_pictures(const std::vector<std::filesystem::path>& folders,
                                                  const std::vector<std::string>& splits,
                                                  const DetectorNames& names,
                                                  const trainer::DetectorRules& rules);

}  // namespace unimo::stages
