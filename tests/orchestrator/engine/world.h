// A store in a temporary folder, a fake runner and the calls that every test of the engine makes.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/engine/engine.h"
#include "orchestrator/store/run_reader.h"
#include "tests/orchestrator/engine/fake_runner.h"
#include "tests/orchestrator/engine/test_schemas.h"

namespace unimo::test {

// Writes down what it is told.
class Diary : public Observer {
 public:
  std::vector<std::string> lines;
  void run_started(const RunNews&, bool continued) override {
    add(continued ? "run continued" : "run started");
  }
  void task_started(const TaskNews& news) override {
    add("started " + news.name + ": " + news.reason);
  }
  void task_cached(const TaskNews& news) override { add("cached " + news.name); }
  void task_succeeded(const TaskNews& news) override { add("succeeded " + news.name); }
  void task_will_retry(const TaskNews& news, double seconds) override {
    add(fmt::format("retry {} in {}", news.name, seconds));
  }
  void task_failed(const TaskNews& news) override {
    add("failed " + news.name + ": " + news.error);
  }
  void task_skipped(const TaskNews& news) override { add("skipped " + news.name); }
  void task_silent(const TaskNews& news, double) override { add("silent " + news.name); }
  bool has(const std::string& line) const {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

 private:
  void add(std::string line) { lines.push_back(std::move(line)); }
};

class World : public testing::Test {
 protected:
  std::filesystem::path root() const { return folder_->path() / "store"; }
  std::filesystem::path folder() const { return folder_->path(); }

  EngineEnvironment environment() {
    EngineEnvironment environment;
    environment.root = root();
    environment.directory = folder();
    environment.schemas = schema_table(version);
    environment.program = [](const StageSchema&) { return std::filesystem::path("/bin/false"); };
    environment.numerics = numerics;
    environment.runner = &runner;
    return environment;
  }

  Result<RunOutcome> try_run(const std::string& yaml,
                             const std::vector<std::string>& overrides = {}) {
    auto experiment = parse_experiment(yaml, "test.yaml", overrides);
    if (!experiment) return tl::unexpected(experiment.error());
    options.cores = options.cores.value_or(4);
    options.memory_mb = options.memory_mb.value_or(100000);
    options.clock = [this] { return runner.time; };
    runner.started.clear();
    diary.lines.clear();
    return run_experiment(*experiment, environment(), options, diary);
  }
  RunOutcome run(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    auto outcome = try_run(yaml, overrides);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? *outcome : RunOutcome{};
  }
  PlanReport plan(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    const auto experiment = parse_experiment(yaml, "test.yaml", overrides);
    EXPECT_TRUE(experiment) << experiment.error().message;
    auto report = plan_experiment(*experiment, environment(), options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : PlanReport{};
  }
  std::map<std::string, std::string> reasons(const PlanReport& report) {
    std::map<std::string, std::string> reasons;
    for (const PlanEntry& entry : report.tasks)
      reasons[entry.task] = fmt::format("{}: {}", to_string(entry.action), entry.reason);
    return reasons;
  }

  RunReader reader() { return std::move(*RunReader::open(root())); }
  std::map<std::string, std::string> task_states(const std::string& run_id) {
    std::map<std::string, std::string> states;
    for (const TaskRow& task : std::vector(*reader().tasks(run_id))) states[task.name] = task.state;
    return states;
  }
  std::map<std::string, std::string> artifacts(const std::string& run_id) {
    std::map<std::string, std::string> digests;
    for (const TaskRow& task : std::vector(*reader().tasks(run_id)))
      digests[task.name] = task.artifact.value_or("");
    return digests;
  }

  std::optional<TempDir> folder_ = std::move(*TempDir::make("engine"));
  FakeRunner runner;
  Diary diary;
  RunOptions options;
  int version = 1;
  std::string numerics = "cpu A";
};

}  // namespace unimo::test
