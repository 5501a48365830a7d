// The stage `retrieve`: for captions and their pictures, the related images and sentences that
// cross-modal contrast takes as single-modal positives (docs/retrieval.md).
//
// Inputs and parameters: stages/schema/retrieve.h. Output: `contrasts.jsonl` for `pack`,
// `neighbours.jsonl` with scores, `statistics.json` (docs/formats.md). The parts run one after the
// other, so that one index is in memory at a time. The bytes do not depend on the number of
// threads.
//
// Counts reported: captions, images.<what>, texts.<what>, sentences.<what>, as in statistics.json.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_retrieve(StageContext& context);

}  // namespace unimo::stages
