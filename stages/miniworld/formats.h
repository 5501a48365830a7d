// The scenes in the files that COCO, Karpathy and Visual Genome publish.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/miniworld/captions.h"
#include "stages/miniworld/painter.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

// One picture with all that is known about it; the JPEG bytes are on the disk already.
struct Exhibit {
  Scene scene;
  std::vector<PaintedObject> painted;
  std::vector<SceneCaption> captions;
  std::string split;  // train, val, test
};

// "COCO_val2014_000000000007.jpg"; test pictures come out of val2014, as in Karpathy's split.
std::string coco_file_name(const Exhibit& exhibit);

// annotations/captions_*.json, annotations/instances_*.json and dataset_coco.json under `folder`.
Status write_coco(const std::filesystem::path& folder, const std::vector<Exhibit>& exhibits,
                  int image_size);

// image_data, objects, attributes, relationships and region_descriptions of the training pictures.
Status write_visual_genome(const std::filesystem::path& folder,
                           const std::vector<Exhibit>& exhibits, int image_size);

}  // namespace unimo::stages
