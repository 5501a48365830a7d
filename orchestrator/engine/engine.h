// The engine: runs an experiment, says what it would do, and says why. Start reading here.
//
//   StopSignals signals;
//   options.stop_requests = [&] { return signals.count(); };
//   const RunOutcome outcome = UNIMO_TRY(run_experiment(experiment, environment, options,
//   observer)); return outcome.exit_code();
//
// Running is resuming: what a task depends on names its result, so whatever is there already is
// taken and only the rest is done. An unfinished run of the same resolved experiment goes on under
// its id. After any crash the next call repairs by itself: attempts that the dead engine left are
// fenced (their processes ended), their events are read to the end, and their tasks run again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/engine/cache_key.h"
#include "orchestrator/engine/machine.h"
#include "orchestrator/engine/observer.h"
#include "orchestrator/engine/schema_table.h"
#include "orchestrator/experiment/experiment.h"

namespace unimo {

class Runner;

// What the engine is told about the world around it.
struct EngineEnvironment {
  std::filesystem::path root;       // the store, such as ".unimo"
  std::filesystem::path directory;  // raw paths are relative to it, and its git repository is
                                    // recorded; empty: current
  SchemaTable schemas;
  // The program that runs a kind: the path of unimo-stage or unimo-tensor.
  std::function<std::filesystem::path(const StageSchema&)> program;
  std::string
      numerics;  // what makes floating-point results differ between machines; see environment.h
  Runner* runner = nullptr;  // null: child processes on this machine
};

struct RunOptions {
  std::vector<std::string> targets;  // stages to run, with what they need; empty: all
  std::vector<std::string> force;    // stages whose results are not taken from the cache
  std::optional<int> cores;          // less or more than detected
  std::optional<std::int64_t> memory_mb;
  std::optional<std::vector<int>> gpus;
  int jobs = 0;             // most tasks at a time; 0: as many as fit
  bool keep_going = false;  // after a failure, run what does not depend on it
  double grace_s = 10;      // between asking a task to stop and killing it
  double silence_s = 600;   // a task that says nothing for so long is reported
  double retry_wait_s = 5;  // before the first retry; doubles each time
  double tick_s = 0.25;
  std::int64_t min_free_mb = 256;  // nothing is started with less free space in the store
  std::string command_line;        // recorded
  std::function<double()> clock;   // seconds that never go back; empty: the machine's
  // How often the user asked to stop: once lets tasks save their state, twice kills them.
  std::function<int()> stop_requests;
};

enum class RunEnd { kSucceeded, kNothingToDo, kFailed, kInterrupted };

struct FailedTask {
  std::string name;
  std::string error;
  std::filesystem::path log;  // stderr.log of the last attempt
};

struct RunOutcome {
  RunEnd end = RunEnd::kSucceeded;
  RunNews counts;  // counts.run is the id of the run; for kNothingToDo of the run that did it all
  bool continued = false;
  std::vector<FailedTask> failed;
  // 0 done, 1 a task failed, 8 interrupted with its state saved.
  int exit_code() const;
};

// kInvalid: a mistake of the experiment; nothing ran. kConflict: another engine holds the store.
Result<RunOutcome> run_experiment(const Experiment& experiment,
                                  const EngineEnvironment& environment, const RunOptions& options,
                                  Observer& observer);

// What a run would do with one task.
enum class PlanAction {
  kCached,   // its result is there
  kRun,      // it will run
  kUnknown,  // depends on what comes out of tasks that will run
};
std::string_view to_string(PlanAction action);

struct PlanEntry {
  std::string task, stage, kind;
  PlanAction action = PlanAction::kRun;
  std::string reason;                // one line
  std::optional<double> expected_s;  // mean of earlier tasks of the kind, when it may run
  std::optional<std::string> key;
  std::optional<std::string> artifact;  // of a cached task
  std::vector<std::string> inputs;      // names of the stages it takes from
};

struct PlanReport {
  std::vector<PlanEntry> tasks;  // in the order of the plan
  std::int64_t cached = 0, run = 0, unknown = 0;
  std::optional<double> expected_s;  // all of it, one after the other; empty without history
};

// Reads the store without taking its lock; there need not be one yet.
Result<PlanReport> plan_experiment(const Experiment& experiment,
                                   const EngineEnvironment& environment, const RunOptions& options);

struct Explanation {
  PlanEntry entry;
  std::vector<KeyPart> parts;  // of the key now; without inputs that are not known yet
  std::string earlier_task;    // run/task of the nearest earlier key; empty: none
  std::vector<KeyPart> earlier_parts;
  std::vector<std::string> differences;  // one line each
};

// `task` is a task's name, or the name of a stage with one task.
Result<Explanation> explain_task(const Experiment& experiment, const EngineEnvironment& environment,
                                 const RunOptions& options, const std::string& task);

}  // namespace unimo
