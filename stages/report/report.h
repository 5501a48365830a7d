// The stage `report`: scores beside the published results, and what is known of the data.
//
// Inputs, at least one of them: `scores` (many artifacts of the stage score), `records` (many of
// ingest: a table of counts), `decontamination` (many of the stage decontaminate: a table of what
// leaked). Output: report.md, report.html (one file,
// nothing loaded from elsewhere) and report.json. The same scores give the same bytes: no times, no
// run names.
#pragma once

#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_report(StageContext& context);

}  // namespace unimo::stages
