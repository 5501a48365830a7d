// The names of a detector's classes and attributes, as Visual Genome's vocabulary files have them:
// one a line, synonyms behind commas, of which the first is shown.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// kInvalid, naming the file, where there are other than `wanted` lines or the line of an empty
// name.
Result<std::vector<std::string>> read_detector_names(const std::filesystem::path& file, int wanted);

}  // namespace unimo::stages
