// The stage back_translate: captions to contrasts.jsonl with positives ("Contrasts" of
// docs/formats.md), translations.jsonl and statistics.json.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_back_translate(StageContext& context);

}  // namespace unimo::stages
