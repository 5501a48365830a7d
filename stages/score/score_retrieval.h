// Retrieval both ways against the pairs that belong together.
#pragma once

#include <filesystem>
#include <string>

#include "evaluators/retrieval.h"
#include "stages/ingest/records.h"
#include "stages/score/score.h"

namespace unimo::stages {

// image_to_text_r1 …, text_to_image_r10, mean_recall, median and mean ranks; chance_r1, chance_r5,
// chance_r10 (percent, the mean of both directions) and over_chance_r1 … (how many times chance the
// mean recall is). The matrix must hold exactly the images of the split and their captions, paired
// as in the records.
Result<Scored> score_retrieval(const std::filesystem::path& predictions, const Records& references,
                               const std::string& split, eval::TieRule tie_rule);

}  // namespace unimo::stages
