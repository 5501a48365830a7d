// The rows of the store as the JSON that `--json` prints. One name for one thing: the columns'
// names.
#pragma once

#include "orchestrator/base/hash.h"
#include "orchestrator/store/run_reader.h"

namespace unimo {

Json to_json(const RunRow& run);
Json to_json(const TaskRow& task);
Json to_json(const SourceRow& source);
Json to_json(const AttemptRow& attempt);
Json to_json(const ArtifactRow& artifact);
Json to_json(const InputRow& input);
Json to_json(const SeriesRow& series);
Json to_json(const LatestMetric& metric);
Json to_json(const NoteRow& note);
Json to_json(const FileEntry& file);

}  // namespace unimo
