// Retrieval from one matrix of similarities, both ways.
#pragma once

#include "evaluators/evaluator.h"
#include "evaluators/retrieval.h"
#include "stages/score/scored.h"

namespace unimo::stages {

// image_to_text_r1 …, text_to_image_r10, mean_recall, median and mean ranks; chance_r1, chance_r5,
// chance_r10 (percent, the mean of both directions) and over_chance_r1 … (how many times chance the
// mean recall is).
Scored score_similarity(const eval::Similarity& similarity, eval::TieRule tie_rule);

}  // namespace unimo::stages
