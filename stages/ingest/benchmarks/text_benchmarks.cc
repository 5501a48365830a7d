#include "orchestrator/stage/stage.h"
#include "stages/ingest/benchmarks/benchmarks.h"

namespace unimo::stages {

std::span<const StageEntry> text_benchmarks() { return {}; }

}  // namespace unimo::stages
