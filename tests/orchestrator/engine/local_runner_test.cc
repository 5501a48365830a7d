#include "orchestrator/engine/local_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "orchestrator/base/file.h"
#include "tests/orchestrator/engine/world.h"

namespace unimo {
namespace {

using testing::HasSubstr;

// The engine with real processes.
class LocalRun : public test::World {
 protected:
  RunOutcome run_real(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    const auto experiment = parse_experiment(yaml, "test.yaml", overrides);
    EXPECT_TRUE(experiment) << experiment.error().message;
    EngineEnvironment real = environment();
    real.runner = nullptr;
    real.program = [](const StageSchema&) {
      return std::filesystem::path(UNIMO_PROGRAM_DIR) / "engine_test_stage";
    };
    options.cores = options.cores.value_or(2);
    options.tick_s = 0.02;
    options.min_free_mb = 1;
    auto outcome = run_experiment(*experiment, real, options, diary);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? *outcome : RunOutcome{};
  }
};

TEST_F(LocalRun, RunsProcessesAndTakesOverTheirMetrics) {
  const RunOutcome outcome = run_real(
      "experiment: x\nstages:\n  a: {kind: make, params: {steps: 3}}\n  b: {kind: use, inputs: "
      "{from: a}}\n");
  EXPECT_EQ(outcome.end, RunEnd::kSucceeded);
  RunReader store = reader();
  const TaskRow task = *store.task(outcome.counts.run, "a");
  const auto series = *store.series(task.id);
  ASSERT_EQ(series.size(), 1U);
  EXPECT_EQ(series[0].step, 3);
  EXPECT_EQ(task.progress_done, 3);
  const auto attempts = *store.attempts(task.id);
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_GT(attempts[0].pid, 1);
  EXPECT_GT(attempts[0].max_rss_kib.value_or(0), 0);
  EXPECT_TRUE(std::filesystem::exists(root() / attempts[0].directory / "stderr.log"));
  EXPECT_FALSE(std::filesystem::exists(root() / attempts[0].directory / "output"));
}

TEST_F(LocalRun, TellsAProcessHowManyThreadsItHas) {
  const RunOutcome outcome = run_real(
      "experiment: x\nstages:\n  a: {kind: make, params: {trouble: threads}, resources: {cores: "
      "2}}\n");
  const std::string digest = artifacts(outcome.counts.run).at("a");
  EXPECT_EQ(*read_file(root() / "artifacts" / digest.substr(0, 2) / digest / "threads.txt"), "2");
}

TEST_F(LocalRun, ReportsHowAProcessEnded) {
  options.keep_going = true;
  const RunOutcome outcome = run_real(R"(experiment: x
stages:
  f: {kind: make, params: {trouble: fail}}
  c: {kind: make, params: {trouble: crash}}
  e: {kind: make, params: {trouble: exit}}
)");
  std::map<std::string, std::string> errors;
  for (const FailedTask& task : outcome.failed) errors[task.name] = task.error;
  EXPECT_EQ(errors["f"], "the input is wrong in line 7");
  EXPECT_THAT(errors["c"], HasSubstr("killed by signal 6"));
  EXPECT_EQ(errors["e"], "exit code 3");
}

TEST_F(LocalRun, EndsWhatATaskLeftInTheBackground) {
  const RunOutcome outcome = run_real(
      "experiment: x\nstages:\n  a: {kind: make, params: {trouble: orphan, steps: 5, sleep_ms: "
      "20}}\n");
  EXPECT_EQ(outcome.end, RunEnd::kSucceeded);
  const auto attempt = reader().attempts(reader().task(outcome.counts.run, "a")->id)->front();
  EXPECT_TRUE(processes_with_environment("UNIMO_TOKEN", attempt.token).empty());
}

TEST_F(LocalRun, KillsADeafTaskAfterItsTime) {
  options.grace_s = 0.2;
  const RunOutcome outcome = run_real(
      "experiment: x\nstages:\n  a: {kind: make, timeout_s: 0.3, params: {trouble: deaf, steps: "
      "1000, sleep_ms: 50}}\n");
  ASSERT_EQ(outcome.failed.size(), 1U);
  EXPECT_THAT(outcome.failed[0].error, HasSubstr("ran longer than its timeout_s of 0.3 s"));
}

TEST_F(LocalRun, AStoppedTaskGoesOnFromItsCheckpoint) {
  const std::string yaml =
      "experiment: x\nstages:\n  a: {kind: make, params: {steps: 20, sleep_ms: 20}}\n";
  int looks = 0;
  options.stop_requests = [&] { return ++looks > 10 ? 1 : 0; };
  const RunOutcome first = run_real(yaml);
  EXPECT_EQ(first.end, RunEnd::kInterrupted);
  options.stop_requests = {};
  const RunOutcome second = run_real(yaml);
  EXPECT_EQ(second.end, RunEnd::kSucceeded);
  EXPECT_EQ(second.counts.run, first.counts.run);
  RunReader store = reader();
  const auto series = *store.series(store.task(second.counts.run, "a")->id);
  const auto points = *store.points(series[0].id);
  EXPECT_EQ(points.size(), 20U);
  EXPECT_TRUE(std::filesystem::is_empty(root() / "resume"));
}

}  // namespace
}  // namespace unimo
