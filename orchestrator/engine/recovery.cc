#include "orchestrator/engine/recovery.h"

#include <unistd.h>

#include <array>

#include "orchestrator/base/file.h"
#include "orchestrator/base/log.h"
#include "orchestrator/engine/attempt.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/store/ingest.h"

namespace unimo {

Status ingest_all(Database& database, AttemptRow& attempt, const std::filesystem::path& file,
                  const std::function<void(const IngestOutcome&)>& each) {
  while (true) {
    const std::int64_t before = attempt.events_offset;
    const IngestOutcome outcome = UNIMO_TRY(ingest_events(database, attempt, file));
    if (each) each(outcome);
    if (attempt.events_offset == before) return ok();
  }
}

Result<RecoveryOutcome> recover(WritableStore& store, RunWriter& writer, Runner& runner) {
  RecoveryOutcome outcome;
  for (AttemptRow& attempt : UNIMO_TRY(writer.running_attempts())) {
    if (attempt.host != host_name()) {
      return fail(ErrorCode::kConflict,
                  "{}: an engine on {} left a task running there, which only an engine on {} can "
                  "end; run there first",
                  store.paths().root.string(), attempt.host, attempt.host);
    }
    outcome.fenced += runner.fence(attempt.token);
    const std::filesystem::path directory = store.paths().root / attempt.directory;
    UNIMO_TRY(ingest_all(store.database(), attempt, directory / "events.jsonl", {}));
    if (UNIMO_TRY(finish_publication(store.paths(), writer, attempt))) {
      ++outcome.completed;
      continue;
    }
    UNIMO_TRY(remove_tree(directory / "output"));
    UNIMO_TRY(writer.end_attempt(attempt, std::nullopt, state::kLost, state::kInterrupted,
                                 "the engine died"));
    ++outcome.lost;
  }
  UNIMO_TRY(writer.interrupt_running_runs());
  if (outcome.lost + outcome.completed + outcome.fenced > 0) {
    log_line(LogLevel::kInfo, "engine",
             "after a crash: {} attempts to be tried again, {} completed, {} processes ended",
             outcome.lost, outcome.completed, outcome.fenced);
  }
  return outcome;
}

}  // namespace unimo
