#include "orchestrator/cli/run_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "orchestrator/base/process.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/progress.h"
#include "orchestrator/engine/environment.h"
#include "orchestrator/engine/stop_signals.h"
#include "stages/schema/schemas.h"

namespace unimo {

namespace {

EngineEnvironment engine_environment(const std::filesystem::path& root) {
  EngineEnvironment environment;
  environment.root = root;
  environment.schemas.find = stages::find_schema;
  environment.schemas.kinds = stages::schema_kinds();
  environment.program = [](const StageSchema& schema) {
    return program_directory() /
           (schema.program == StageProgram::kStage ? "unimo-stage" : "unimo-tensor");
  };
  environment.numerics = numerics_text(UNIMO_LIBTORCH_VERSION);
  return environment;
}

RunOptions run_options(const RunFlags& flags) {
  RunOptions options;
  options.targets = flags.stages;
  options.force = flags.force;
  options.jobs = flags.jobs;
  if (flags.cores > 0) options.cores = flags.cores;
  options.keep_going = flags.keep_going;
  options.command_line = flags.command_line;
  return options;
}

std::string outcome_text(const RunOutcome& outcome) {
  const RunNews& counts = outcome.counts;
  switch (outcome.end) {
    case RunEnd::kNothingToDo:
      return fmt::format("nothing to do: run {} did all {} task(s), 0 executed", counts.run,
                         counts.total);
    case RunEnd::kSucceeded:
      return fmt::format("run {} succeeded: {} task(s), {} executed, {} cached", counts.run,
                         counts.total, counts.done - counts.cached, counts.cached);
    case RunEnd::kFailed:
      return fmt::format(
          "run {} failed: {} of {} task(s) done, {} failed; mend it and run the same command to go "
          "on",
          counts.run, counts.done, counts.total, counts.failed);
    case RunEnd::kInterrupted:
      return fmt::format("run {} interrupted: {} of {} task(s) done; the same command goes on",
                         counts.run, counts.done, counts.total);
  }
  return {};
}

std::string_view end_name(RunEnd end) {
  switch (end) {
    case RunEnd::kNothingToDo: return "nothing_to_do";
    case RunEnd::kSucceeded: return "succeeded";
    case RunEnd::kFailed: return "failed";
    case RunEnd::kInterrupted: return "interrupted";
  }
  return "";
}

Json outcome_json(const RunOutcome& outcome) {
  Json failed = Json::array();
  for (const FailedTask& task : outcome.failed) {
    failed.push_back({{"task", task.name}, {"error", task.error}, {"log", task.log.string()}});
  }
  const RunNews& counts = outcome.counts;
  return {{"run", counts.run},
          {"end", end_name(outcome.end)},
          {"continued", outcome.continued},
          {"tasks", counts.total},
          {"done", counts.done},
          {"cached", counts.cached},
          {"executed", outcome.end == RunEnd::kNothingToDo ? 0 : counts.done - counts.cached},
          {"failed", failed}};
}

// Another engine may hold the store; --wait gives it time to finish.
Result<RunOutcome> run_when_free(const Experiment& experiment, const EngineEnvironment& environment,
                                 const RunOptions& options, double wait_s, Observer& observer) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(wait_s);
  while (true) {
    auto outcome = run_experiment(experiment, environment, options, observer);
    const bool held = !outcome && outcome.error().code == ErrorCode::kConflict;
    if (!held || std::chrono::steady_clock::now() >= deadline) return outcome;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

Json entry_json(const PlanEntry& entry) {
  return {{"task", entry.task},
          {"stage", entry.stage},
          {"kind", entry.kind},
          {"action", to_string(entry.action)},
          {"reason", entry.reason},
          {"expected_s", entry.expected_s ? Json(*entry.expected_s) : Json()},
          {"key", entry.key ? Json(*entry.key) : Json()},
          {"artifact", entry.artifact ? Json(*entry.artifact) : Json()},
          {"inputs", entry.inputs}};
}

Json parts_json(const std::vector<KeyPart>& parts) {
  Json object = Json::object();
  for (const KeyPart& part : parts) object[part.name] = part.value;
  return object;
}

}  // namespace

Result<int> run(const std::filesystem::path& root, const ExperimentChoice& choice,
                const RunFlags& flags, const ConsoleOptions& console) {
  const Experiment experiment = UNIMO_TRY(load_experiment(choice.file, choice.set));
  const StopSignals signals;
  RunOptions options = run_options(flags);
  options.stop_requests = [&signals] { return signals.count(); };
  ProgressDisplay display(::isatty(STDERR_FILENO) != 0, console.color, console.quiet);
  const auto outcome =
      run_when_free(experiment, engine_environment(root), options, flags.wait_s, display);
  if (!outcome && outcome.error().code == ErrorCode::kConflict) {
    print_note(fmt::format("{}\nwait for it with --wait SECONDS, or stop it with `unimo stop`\n",
                           outcome.error().message));
    return exit_code::kTimedOut;
  }
  if (!outcome) return tl::unexpected(outcome.error());
  if (console.json) {
    print_json(outcome_json(*outcome));
  } else {
    print_out(outcome_text(*outcome) + "\n");
  }
  return outcome->exit_code();
}

Result<int> plan(const std::filesystem::path& root, const ExperimentChoice& choice,
                 const RunFlags& flags, const ConsoleOptions& console) {
  const Experiment experiment = UNIMO_TRY(load_experiment(choice.file, choice.set));
  const PlanReport report =
      UNIMO_TRY(plan_experiment(experiment, engine_environment(root), run_options(flags)));
  if (console.json) {
    Json tasks = Json::array();
    for (const PlanEntry& entry : report.tasks) tasks.push_back(entry_json(entry));
    print_json({{"tasks", tasks},
                {"cached", report.cached},
                {"run", report.run},
                {"unknown", report.unknown},
                {"expected_s", report.expected_s ? Json(*report.expected_s) : Json()}});
  } else {
    TextTable table({"task", "kind", "action", "expected", "why"});
    for (const PlanEntry& entry : report.tasks) {
      table.add({entry.task, entry.kind, std::string(to_string(entry.action)),
                 entry.expected_s ? human_duration(*entry.expected_s) : "", entry.reason});
    }
    print_out(table.text());
    print_out(fmt::format(
        "{} cached, {} to run, {} depending on what comes out{}\n", report.cached, report.run,
        report.unknown,
        report.expected_s ? fmt::format("; about {} of work", human_duration(*report.expected_s))
                          : ""));
  }
  const bool changes = report.run + report.unknown > 0;
  return flags.exit_code && changes ? exit_code::kChanges : exit_code::kSuccess;
}

Result<int> explain(const std::filesystem::path& root, const ExperimentChoice& choice,
                    const std::string& task, bool key, const ConsoleOptions& console) {
  const Experiment experiment = UNIMO_TRY(load_experiment(choice.file, choice.set));
  const Explanation why =
      UNIMO_TRY(explain_task(experiment, engine_environment(root), RunOptions{}, task));
  if (console.json) {
    Json document = entry_json(why.entry);
    document["parts"] = parts_json(why.parts);
    document["earlier_task"] = why.earlier_task;
    document["earlier_parts"] = parts_json(why.earlier_parts);
    document["differences"] = why.differences;
    print_json(document);
    return exit_code::kSuccess;
  }
  print_out(
      fmt::format("{}: {}: {}\n", why.entry.task, to_string(why.entry.action), why.entry.reason));
  if (why.differences.size() > 1) {
    for (const std::string& difference : why.differences)
      print_out(fmt::format("  {}\n", difference));
  }
  if (!key) return exit_code::kSuccess;
  print_out(fmt::format("key {}\n", why.entry.key.value_or("(not known until its inputs are)")));
  for (const KeyPart& part : why.parts)
    print_out(fmt::format("  {:<16} {}\n", part.name, part.value));
  return exit_code::kSuccess;
}

}  // namespace unimo
