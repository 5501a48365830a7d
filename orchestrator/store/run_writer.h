// Everything that is recorded about runs goes through here, by the holder of the store's lock
// alone. Each call is one transaction; after it returns, the record survives a kill. A new run, a
// published result and the end of a run also survive a power cut, with everything before them.
#pragma once

#include <span>

#include "orchestrator/base/hash.h"
#include "orchestrator/base/process.h"
#include "orchestrator/base/result.h"
#include "orchestrator/store/artifacts.h"
#include "orchestrator/store/database.h"
#include "orchestrator/store/rows.h"

namespace unimo {

// A finished computation found by its key.
struct CacheHit {
  std::string artifact;
  std::int64_t task = 0;  // the task that did the work
};

// A task whose result was found before the run began.
struct SettledTask {
  std::int64_t task = 0;
  std::string key;
  CacheHit hit;
  std::string reason;
  std::vector<InputRow> inputs;
};

class RunWriter {
 public:
  explicit RunWriter(Database& database) : database_(database) {}

  // `source` may be null (no repository). Tasks get their ids in `tasks`.
  Status add_run(const RunRow& run, const SourceRow* source, const Json& environment,
                 std::span<TaskRow> tasks);
  Status finish_run(const std::string& run, std::string_view run_state);
  // A run that goes on after an interruption: running again, its unfinished tasks pending.
  Status reopen_run(const std::string& run, const std::string& command_line);

  Result<std::optional<CacheHit>> find_cached(const std::string& key);

  // The key and its parts, once a task's inputs are known.
  Status set_key(std::int64_t task, const std::string& key, std::span<const KeyPart> parts,
                 std::span<const InputRow> inputs);
  Status set_cached(std::int64_t task, const CacheHit& hit, const std::string& reason);

  // Many cached tasks of one run in one transaction. Their keys' parts are stored already.
  Status settle_cached(std::span<const SettledTask> tasks);

  // Returns the attempt's id. Recorded before the process starts, so that no process is ever
  // unknown.
  Result<std::int64_t> start_attempt(const AttemptRow& attempt, const std::string& reason);
  // The task succeeded: its artifact, cache entry and both states in one transaction.
  Status publish(const AttemptRow& attempt, const ExitStatus& exit, const std::string& key,
                 const std::string& kind, const Artifact& artifact);
  // The attempt ended otherwise. `task_state`: pending (will be tried again), failed or
  // interrupted.
  Status end_attempt(const AttemptRow& attempt, const std::optional<ExitStatus>& exit,
                     std::string_view attempt_state, std::string_view task_state,
                     const std::string& error);
  // One more than the attempts of the task so far.
  Result<int> next_attempt_number(std::int64_t task);
  // A task that cannot be started at all.
  Status fail_task(std::int64_t task, const std::string& error);
  Status set_attempt_pid(std::int64_t attempt, std::int64_t pid);
  // A remark of the engine about an attempt.
  Status add_note(const AttemptRow& attempt, std::string_view level, std::string_view text);
  // Runs that a dead engine left as running, and their running tasks, become interrupted.
  Status interrupt_running_runs();
  Status set_task_state(std::int64_t task, std::string_view task_state, const std::string& reason);

  // Attempts that an engine left behind when it died.
  Result<std::vector<AttemptRow>> running_attempts();

  Status remember_raw_files(std::span<const RawFileRow> files);

  // Marks an artifact as deleted and drops the cache entries that point at it.
  Status drop_artifact(const std::string& digest);

 private:
  Status count_task(std::int64_t task);
  Status replace_inputs(std::int64_t task, std::span<const InputRow> inputs);
  Database& database_;
};

}  // namespace unimo
