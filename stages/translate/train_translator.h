// The stage translator: parallel text to a translator (docs/translation.md).
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_translator(StageContext& context);

}  // namespace unimo::stages
