// Stage kind detector.predict: pictures to the objects that a detector finds, in the form that
// `score` takes for the task detection (docs/formats.md, Predictions).
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_detector_predict(StageContext& context);

}  // namespace unimo::stages
