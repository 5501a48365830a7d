#include "orchestrator/engine/engine.h"

#include <unistd.h>

#include <algorithm>

#include "orchestrator/base/file.h"
#include "orchestrator/base/log.h"
#include "orchestrator/engine/environment.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/engine/local_runner.h"
#include "orchestrator/engine/provenance.h"
#include "orchestrator/engine/recovery.h"
#include "orchestrator/engine/scheduler.h"
#include "orchestrator/engine/survey.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

Machine machine_for(const RunOptions& options) {
  Machine machine = detect_machine();
  if (options.cores) machine.cores = *options.cores;
  if (options.memory_mb) machine.memory_mb = *options.memory_mb;
  if (options.gpus) machine.gpus = *options.gpus;
  return machine;
}

// What no waiting would mend.
Status check_machine(const Experiment& experiment, const Plan& plan, const Machine& machine) {
  const Slots slots(machine);
  Mistakes mistakes(experiment.places);
  for (const PlannedStage& stage : plan.stages) {
    if (slots.can_ever_run(stage.resources)) continue;
    mistakes.add(
        "stages." + stage.name + ".resources.gpus",
        fmt::format("asks for {} GPUs, this machine has {}; --set {}.resources.gpus={}",
                    stage.resources.gpus, machine.gpus.size(), stage.name, machine.gpus.size()));
  }
  return mistakes.status();
}

Result<std::vector<bool>> forced_stages(const Plan& plan, const std::vector<std::string>& names) {
  std::vector<bool> forced(plan.stages.size(), false);
  for (const std::string& name : names) {
    const auto found = std::find_if(plan.stages.begin(), plan.stages.end(),
                                    [&](const PlannedStage& stage) { return stage.name == name; });
    if (found == plan.stages.end())
      return fail(ErrorCode::kInvalid, "--force {}: there is no such stage in this plan", name);
    forced[static_cast<std::size_t>(found - plan.stages.begin())] = true;
  }
  return forced;
}

// Two runs with the same identity would do the same work, whatever the files were called.
std::string plan_identity(const Experiment& experiment, const Plan& plan) {
  Sha256 hash;
  hash.field("format", "unimo.run.1");
  hash.field("experiment", canonical_text(experiment.resolved));
  for (const PlannedStage& stage : plan.stages) {
    hash.field("stage", stage.name);
    hash.field("version", std::to_string(stage.schema->version));
  }
  for (const std::string& params : plan.params_text) hash.field("params", params);
  return hash.hex();
}

Result<std::vector<TaskRow>> stored_tasks(Database& database, const std::string& run) {
  std::vector<TaskRow> rows;
  UNIMO_TRY(database.query(
      "SELECT id, name, state, key FROM tasks WHERE run_id=? ORDER BY position",
      [&](const Row& row) {
        TaskRow task;
        task.id = row.integer(0);
        task.name = row.text(1);
        task.state = row.text(2);
        if (!row.is_null(3)) task.key = row.text(3);
        rows.push_back(std::move(task));
      },
      run));
  return rows;
}

bool is_done(const TaskRow& row) {
  return row.state == state::kSucceeded || row.state == state::kCached;
}

// An earlier run can go on when it has these very tasks, and what it has done is still what would
// be done now.
bool can_go_on(const Plan& plan, const Survey& survey, const std::vector<TaskRow>& rows) {
  if (rows.size() != plan.tasks.size()) return false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name != plan.name(plan.tasks[i])) return false;
    if (is_done(rows[i]) && (!survey.tasks[i].hit || rows[i].key != survey.tasks[i].key))
      return false;
  }
  return true;
}

std::vector<TaskRow> new_rows(const Plan& plan, const std::string& run) {
  std::vector<TaskRow> rows;
  rows.reserve(plan.tasks.size());
  for (const PlannedTask& task : plan.tasks) {
    TaskRow row;
    row.run = run;
    row.position = static_cast<std::int64_t>(rows.size());
    row.name = plan.name(task);
    row.stage = plan.stage_of(task).name;
    row.kind = plan.stage_of(task).kind;
    row.cell = plan.cell(task);
    row.shard_index = static_cast<int>(task.shard);
    row.shard_count = static_cast<int>(plan.stage_of(task).shards);
    row.state = state::kPending;
    row.params = plan.params[task.params];
    rows.push_back(std::move(row));
  }
  return rows;
}

// One call of run_experiment, from the lock to the outcome.
class RunSession {
 public:
  RunSession(const Experiment& experiment, const Plan& plan, const EngineEnvironment& environment,
             const RunOptions& options, Observer& observer, WritableStore& store)
      : experiment_(experiment),
        plan_(plan),
        environment_(environment),
        options_(options),
        observer_(observer),
        store_(store),
        writer_(store.database()),
        history_(&store.database(), store.paths()),
        raw_(&store.database(), &writer_),
        decisions_(plan, experiment, store.paths(), environment.numerics, history_, raw_),
        runner_(environment.runner != nullptr ? *environment.runner : local_runner_) {}

  Result<RunOutcome> run(const Machine& machine) {
    UNIMO_TRY(recover(store_, writer_, runner_));
    const std::vector<bool> forced = UNIMO_TRY(forced_stages(plan_, options_.force));
    const Survey survey = UNIMO_TRY(survey_plan(plan_, decisions_, forced));
    const std::string identity = plan_identity(experiment_, plan_);
    if (const auto earlier = UNIMO_TRY(history_.newest_run(identity))) {
      auto rows = UNIMO_TRY(stored_tasks(store_.database(), earlier->id));
      if (can_go_on(plan_, survey, rows)) {
        if (earlier->state == state::kSucceeded && survey.all_cached())
          return nothing_to_do(earlier->id);
        if (earlier->state != state::kSucceeded)
          return go_on(earlier->id, std::move(rows), survey, forced, machine);
      }
    }
    return start_new(identity, survey, forced, machine);
  }

 private:
  RunOutcome nothing_to_do(const std::string& run) {
    RunOutcome outcome;
    outcome.end = RunEnd::kNothingToDo;
    outcome.counts.run = run;
    outcome.counts.total = outcome.counts.done = outcome.counts.cached =
        static_cast<std::int64_t>(plan_.tasks.size());
    observer_.run_finished(outcome.counts);
    return outcome;
  }

  Result<RunOutcome> go_on(const std::string& run, std::vector<TaskRow> rows, const Survey& survey,
                           const std::vector<bool>& forced, const Machine& machine) {
    UNIMO_TRY(writer_.reopen_run(run, options_.command_line));
    return execute(run, std::move(rows), survey, forced, machine, true);
  }

  Result<RunOutcome> start_new(const std::string& identity, const Survey& survey,
                               const std::vector<bool>& forced, const Machine& machine) {
    RunRow run;
    run.id = new_run_id();
    run.experiment = experiment_.name;
    run.description = experiment_.description;
    run.state = state::kRunning;
    run.created_ms = now_ms();
    run.seed = experiment_.seed;
    run.file = experiment_.file;
    run.resolved = experiment_.resolved;
    run.resolved_digest = identity;
    run.command_line = options_.command_line;
    run.directory = "runs/" + run.id;
    const fs::path directory = store_.paths().root / run.directory;
    UNIMO_TRY(make_directories(directory));
    UNIMO_TRY(write_json(directory / "experiment.json", experiment_.resolved));
    auto source =
        capture_source(environment_.directory.empty() ? fs::path(".") : environment_.directory);
    if (!source)
      log_line(LogLevel::kWarning, "engine", "the state of the code is not recorded: {}",
               source.error().message);
    const SourceRow* recorded = source && *source ? &**source : nullptr;
    std::vector<TaskRow> rows = new_rows(plan_, run.id);
    UNIMO_TRY(writer_.add_run(run, recorded, capture_environment(), rows));
    return execute(run.id, std::move(rows), survey, forced, machine, false);
  }

  Result<RunOutcome> execute(const std::string& run, std::vector<TaskRow> rows,
                             const Survey& survey, const std::vector<bool>& forced,
                             const Machine& machine, bool continued) {
    RunNews news;
    news.run = run;
    news.total = static_cast<std::int64_t>(plan_.tasks.size());
    observer_.run_started(news, continued);
    Scheduler scheduler({plan_, environment_, options_, decisions_, history_, store_, writer_,
                         runner_, observer_, run, forced, std::move(rows)},
                        machine, UNIMO_TRY(Forecast::make(plan_, history_)));
    auto outcome = scheduler.run(survey);
    if (outcome) outcome->continued = continued;
    return outcome;
  }

  const Experiment& experiment_;
  const Plan& plan_;
  const EngineEnvironment& environment_;
  const RunOptions& options_;
  Observer& observer_;
  WritableStore& store_;
  RunWriter writer_;
  History history_;
  RawInputs raw_;
  Decisions decisions_;
  LocalRunner local_runner_;
  Runner& runner_;
};

}  // namespace

int RunOutcome::exit_code() const {
  switch (end) {
    case RunEnd::kSucceeded:
    case RunEnd::kNothingToDo: return 0;
    case RunEnd::kFailed: return 1;
    case RunEnd::kInterrupted: return 8;
  }
  return 70;
}

Result<RunOutcome> run_experiment(const Experiment& experiment,
                                  const EngineEnvironment& environment, const RunOptions& options,
                                  Observer& observer) {
  const Plan plan = UNIMO_TRY(
      make_plan(experiment, environment.schemas, {environment.directory, options.targets}));
  const Machine machine = machine_for(options);
  UNIMO_TRY(check_machine(experiment, plan, machine));
  const std::string holder =
      fmt::format("process {} on {}, running {}", ::getpid(), host_name(), experiment.file);
  WritableStore store = UNIMO_TRY(WritableStore::open(environment.root, holder));
  return RunSession(experiment, plan, environment, options, observer, store).run(machine);
}

}  // namespace unimo
