// What ingest stages made, as a table of the report: counts beside those that the makers publish.
#pragma once

#include <span>
#include <string>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/report/report_model.h"

namespace unimo::stages {

// statistics.json of one records artifact (docs/formats.md).
struct RecordsInput {
  std::string name;  // of the stage
  Json statistics;
  std::string origin;  // for messages
};

// kInvalid, naming the origin, when a document is something else.
Result<ReportTable> records_table(std::span<const RecordsInput> inputs);

}  // namespace unimo::stages
