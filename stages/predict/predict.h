// The stage predict: a pack and a checkpoint to predictions for one task and split.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_predict(StageContext& context);

}  // namespace unimo::stages
