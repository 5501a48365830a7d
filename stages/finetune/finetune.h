// The stage finetune: a pack and a checkpoint to a checkpoint for one task.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_finetune(StageContext& context);

}  // namespace unimo::stages
