// Stage kind detector: annotated pictures to a trained Faster R-CNN, which regions.detect and
// detector.predict take as `weights`.
//
// Goes on where an attempt was stopped, with the bits of a run that was not; several processes may
// share the work (train.processes). Output: docs/formats.md, Detector.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_detector(StageContext& context);

}  // namespace unimo::stages
