// After a crash: what a dead engine left running is ended, what it told is kept, what it had
// finished is recorded.
#pragma once

#include <filesystem>
#include <functional>

#include "orchestrator/base/result.h"
#include "orchestrator/engine/runner.h"
#include "orchestrator/store/ingest.h"
#include "orchestrator/store/run_writer.h"
#include "orchestrator/store/store.h"

namespace unimo {

struct RecoveryOutcome {
  int fenced = 0;     // processes that were still there
  int lost = 0;       // attempts to be tried again
  int completed = 0;  // attempts whose result was whole: only their record was missing
};

// Reads an attempt's events to the end of the file; `each` sees every portion.
Status ingest_all(Database& database, AttemptRow& attempt, const std::filesystem::path& file,
                  const std::function<void(const IngestOutcome&)>& each);

// To be called by the holder of the store's lock, before anything is started.
Result<RecoveryOutcome> recover(WritableStore& store, RunWriter& writer, Runner& runner);

}  // namespace unimo
