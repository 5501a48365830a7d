// METEOR beside other scores of the same items.
#pragma once

#include <span>

#include "evaluators/ngrams.h"
#include "orchestrator/base/result.h"
#include "stages/score/resources.h"
#include "stages/score/scored.h"

namespace unimo::stages {

// Adds meteor and each item's value; leaves it out, with a warning, where METEOR's word lists are
// not given. Without the paraphrase table the metric is called meteor_no_paraphrases.
Status add_meteor(std::span<const eval::CaptionItem> items, const ScoreResources& resources,
                  int threads, Scored& scored);

}  // namespace unimo::stages
