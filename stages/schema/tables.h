// The parts of the table of stage kinds, each in a file of its own; schemas.cc puts them together.
#pragma once

#include <vector>

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

std::vector<StageSchema> image_corpora_schemas();
std::vector<StageSchema> text_corpora_schemas();
std::vector<StageSchema> image_benchmark_schemas();
std::vector<StageSchema> text_benchmark_schemas();
std::vector<StageSchema> decontamination_schemas();
std::vector<StageSchema> fetch_schemas();
std::vector<StageSchema> rewrites_schemas();
std::vector<StageSchema> retrieve_schemas();
std::vector<StageSchema> region_file_schemas();
std::vector<StageSchema> translation_schemas();
std::vector<StageSchema> weight_schemas();
std::vector<StageSchema> detector_schemas();

}  // namespace unimo::stages
