// The stage baseline.cca: what a linear method reaches in image and caption retrieval.
//
// Reads `regions` and `records`; fits regularised canonical correlation between described pictures
// and TF-IDF vectors of captions on the fitted splits; writes a retrieval predictions artifact for
// one split (docs/formats.md).
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_baseline_cca(StageContext& context);

}  // namespace unimo::stages
