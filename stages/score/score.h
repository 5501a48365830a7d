// The stage `score`: predictions against references, as named numbers.
//
// Inputs: `predictions` (one artifact), `references` (records), and the word lists that some scores
// need (resources.h). Output: scores.json and per_item.jsonl, see docs/formats.md. Every metric is
// also told as an event. Metrics are a hundred times what the scorers return, as papers print them.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_score(StageContext& context);

}  // namespace unimo::stages
