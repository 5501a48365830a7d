// Captions of records artifacts, by picture.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/rewrites/vocabulary.h"

namespace unimo::stages {

// The pictures of these splits that have captions, in the order of the artifacts and of their
// files; their regions give the labels. Two captions of one id are kInvalid: contrasts could not
// tell them apart.
Result<std::vector<ImageCaptions>> read_image_captions(std::span<const InputItem> artifacts,
                                                       const std::set<std::string>& splits);

}  // namespace unimo::stages
