// The stage pretrain: a pack to a checkpoint, by UNIMO's objectives.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_pretrain(StageContext& context);

}  // namespace unimo::stages
