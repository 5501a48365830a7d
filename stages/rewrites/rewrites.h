// The stage rewrites: captions of records to contrasts.jsonl, which pack reads (docs/rewriting.md).
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_rewrites(StageContext& context);

}  // namespace unimo::stages
