// Region features in other programs' files (docs/region_files.md).
//
// regions.import reads such files into the regions artifact that `pack` takes (regions.json,
// regions.shard, preview.jsonl), what cannot be used into quarantine.jsonl with file, line and
// reason. Rows are read one at a time, taken apart by several threads, and written in the order of
// the files: the output does not depend on the number of threads.
//
// regions.export writes an artifact as one of the formats.
#pragma once

#include "orchestrator/base/result.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

Status run_regions_import(StageContext& context);
Status run_regions_export(StageContext& context);

}  // namespace unimo::stages
