// The ingest stages of the twelve benchmarks; parameters and inputs in stages/schema, the artifact
// (examples) in stages/ingest/records.h.
#pragma once

#include <span>

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
struct StageEntry;
}  // namespace unimo

namespace unimo::stages {

// Every kind with what runs it.
std::span<const StageEntry> text_benchmarks();
std::span<const StageEntry> image_benchmarks();

}  // namespace unimo::stages
