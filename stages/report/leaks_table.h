// What decontaminate found, as a table of the report.
#pragma once

#include <span>

#include "orchestrator/base/result.h"
#include "stages/report/report_model.h"

namespace unimo::stages {

// `inputs` are documents decontamination.json (docs/formats.md), at least one; kInvalid when one is
// something else.
Result<ReportTable> leaks_table(std::span<const ScoresInput> inputs);

}  // namespace unimo::stages
