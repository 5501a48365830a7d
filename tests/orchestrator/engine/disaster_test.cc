// The engine, its stages, or both are killed; two engines meet; records are torn. Each disaster has
// its test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/base/process.h"
#include "orchestrator/engine/attempt.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/engine/local_runner.h"
#include "orchestrator/engine/recovery.h"
#include "tests/orchestrator/engine/world.h"

namespace unimo {
namespace {

using test::do_work;
using test::FakeEnd;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kPair =
    "experiment: x\nstages:\n  a: {kind: make}\n  b: {kind: use, inputs: {from: a}}\n";

// Thrown by a fake runner where the engine "dies": nothing that the engine would do afterwards
// happens.
struct Death {};

class Disaster : public test::World {
 protected:
  // Runs until the named task starts; then the engine is gone.
  void die_at(const std::string& task, std::function<void(const Job&)> before = {}) {
    runner.work = [=](const Job& job) -> FakeEnd {
      if (job.task != task) return do_work(job);
      if (before) before(job);
      throw Death{};
    };
    EXPECT_THROW((void)try_run(kPair), Death);
    runner.work = do_work;
  }
};

TEST_F(Disaster, TheEngineDiesWhileATaskRuns) {
  die_at("b", [](const Job& job) { (void)do_work(job); });
  const RunOutcome outcome = run(kPair);
  EXPECT_EQ(outcome.end, RunEnd::kSucceeded);
  EXPECT_TRUE(outcome.continued);
  EXPECT_THAT(runner.started, ElementsAre("b"));
  EXPECT_EQ(runner.fenced.size(), 1U);
  const auto attempts = *reader().attempts(reader().task(outcome.counts.run, "b")->id);
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].state, "lost");
  EXPECT_EQ(attempts[1].state, "succeeded");
}

TEST_F(Disaster, TheEngineDiesBetweenRenameAndTransaction) {
  die_at("b", [](const Job& job) { (void)do_work(job); });
  {  // What the engine had done when it died.
    auto store = WritableStore::open(root(), "test");
    RunWriter writer(store->database());
    const AttemptRow attempt = writer.running_attempts()->front();
    CacheKey key;
    key.digest = *reader().task(attempt.task)->key;
    ASSERT_TRUE(keep_output(store->paths(), attempt, key, "use", ExitStatus{}));
  }
  const RunOutcome outcome = run(kPair);
  EXPECT_EQ(outcome.end, RunEnd::kSucceeded);
  EXPECT_THAT(runner.started, IsEmpty());
  EXPECT_EQ(task_states(outcome.counts.run).at("b"), "succeeded");
}

TEST_F(Disaster, TheEngineDiesBetweenRecordAndRename) {
  die_at("b", [](const Job& job) { (void)do_work(job); });
  {
    auto store = WritableStore::open(root(), "test");
    RunWriter writer(store->database());
    const AttemptRow attempt = writer.running_attempts()->front();
    AttemptResult result;
    result.key.digest = *reader().task(attempt.task)->key;
    result.kind = "use";
    result.artifact = *measure_artifact(root() / attempt.directory / "output");
    ASSERT_TRUE(write_result(root() / attempt.directory, result));
  }
  EXPECT_EQ(run(kPair).end, RunEnd::kSucceeded);
  EXPECT_THAT(runner.started, IsEmpty());
}

TEST_F(Disaster, AnOutputThatIsNotWhatWasRecordedIsNotTaken) {
  die_at("b", [](const Job& job) { (void)do_work(job); });
  {
    auto store = WritableStore::open(root(), "test");
    RunWriter writer(store->database());
    const AttemptRow attempt = writer.running_attempts()->front();
    AttemptResult result;
    result.key.digest = *reader().task(attempt.task)->key;
    result.artifact.digest = std::string(64, 'a');
    ASSERT_TRUE(write_result(root() / attempt.directory, result));
  }
  EXPECT_EQ(run(kPair).end, RunEnd::kSucceeded);
  EXPECT_THAT(runner.started, ElementsAre("b"));
}

TEST_F(Disaster, HalfAnEventLineIsLeftBehind) {
  die_at("b", [](const Job& job) {
    auto events = EventWriter::open(job.events);
    events->metric("loss", 0.5, 1);
    std::ofstream(job.events, std::ios::app) << "{\"type\":\"metric\",\"name\":\"lo";
  });
  const RunOutcome outcome = run(kPair);
  const TaskRow task = *reader().task(outcome.counts.run, "b");
  std::vector<std::string> names;
  for (const SeriesRow& series : std::vector(*reader().series(task.id)))
    names.push_back(series.name);
  EXPECT_THAT(names, ElementsAre("loss", "seed"));
  EXPECT_THAT(*reader().notes(task.id), IsEmpty());
}

TEST_F(Disaster, ASecondEngineIsTurnedAway) {
  std::string message;
  runner.work = [&](const Job& job) {
    if (job.task == "a") {
      const auto experiment = parse_experiment(kPair, "test.yaml");
      Observer observer;
      const auto second = run_experiment(*experiment, environment(), options, observer);
      EXPECT_FALSE(second);
      if (!second) message = second.error().message;
    }
    return do_work(job);
  };
  EXPECT_EQ(run(kPair).end, RunEnd::kSucceeded);
  EXPECT_THAT(message, HasSubstr("held by process"));
  EXPECT_THAT(message, HasSubstr("test.yaml"));
}

TEST_F(Disaster, ARunWithOtherParametersClosesTheOneThatDied) {
  die_at("b");
  const RunOutcome outcome = run(kPair, {"b.text=other"});
  EXPECT_FALSE(outcome.continued);
  const auto runs = *reader().runs(10);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[1].state, "interrupted");
  EXPECT_EQ(task_states(runs[1].id).at("b"), "interrupted");
}

TEST_F(Disaster, AnAttemptOnAnotherMachineIsNotTouched) {
  die_at("b");
  {
    auto store = WritableStore::open(root(), "test");
    ASSERT_TRUE(
        store->database().run("UPDATE attempts SET host='elsewhere' WHERE state='running'"));
  }
  const auto outcome = try_run(kPair);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message,
              HasSubstr("an engine on elsewhere left a task running there"));
}

TEST_F(Disaster, AChangedRawFileDoesNotMixIntoARunThatDied) {
  const std::string yaml =
      "experiment: x\nstages:\n  a: {kind: join, inputs: {from: {path: raw.txt}}}\n  b: {kind: "
      "use, inputs: {from: a}}\n";
  ASSERT_TRUE(write_file_atomic(folder() / "raw.txt", "one"));
  runner.work = [](const Job& job) -> FakeEnd {
    if (job.task == "b") throw Death{};
    return do_work(job);
  };
  EXPECT_THROW((void)try_run(yaml), Death);
  runner.work = do_work;
  ASSERT_TRUE(write_file_atomic(folder() / "raw.txt", "two"));
  const RunOutcome outcome = run(yaml);
  EXPECT_FALSE(outcome.continued);
  EXPECT_THAT(runner.started, ElementsAre("a", "b"));
}

// A real engine with real stages, killed from outside.
class Killed : public test::World {
 protected:
  static constexpr const char* kYaml = R"(experiment: killed
stages:
  data: {kind: make, params: {steps: 3, sleep_ms: 5}}
  part: {kind: split, shards: 3, inputs: {from: data}, params: {steps: 3, sleep_ms: 5}}
  tune: {kind: join, matrix: {seed: [1, 2]}, inputs: {from: part}, params: {steps: 10, sleep_ms: 5}}
  report: {kind: join, inputs: {from: tune}, params: {steps: 2, sleep_ms: 5}}
)";

  void SetUp() override { ASSERT_TRUE(write_file_atomic(folder() / "test.yaml", kYaml)); }

  pid_t start(const std::string& store, const std::vector<std::string>& overrides = {}) {
    ChildSpec child;
    child.argv = {(std::filesystem::path(UNIMO_PROGRAM_DIR) / "engine_test_driver").string(),
                  (folder() / store).string(), (folder() / "test.yaml").string()};
    child.argv.insert(child.argv.end(), overrides.begin(), overrides.end());
    child.stdout_path = folder() / "stdout.log";
    child.stderr_path = folder() / "stderr.log";
    const auto pid = start_child(child);
    EXPECT_TRUE(pid) << pid.error().message;
    return *pid;
  }
  std::string errors() { return read_file(folder() / "stderr.log").value_or(""); }

  // The file of this name that a stage of the run in "store" wrote something into; empty if none
  // did within half a minute.
  std::filesystem::path wait_for_file(const std::string& name) {
    for (int i = 0; i < 1500; ++i) {
      std::error_code error;  // folders come and go while it looks
      std::filesystem::recursive_directory_iterator entry(folder() / "store" / "runs", error);
      for (; !error && entry != decltype(entry)(); entry.increment(error)) {
        if (entry->path().filename() != name) continue;
        const auto size = entry->file_size(error);
        if (!error && size > 0) return entry->path();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return {};
  }

  // What must not depend on how often anything was killed.
  std::vector<std::string> facts(const std::string& store) {
    RunReader opened = std::move(*RunReader::open(folder() / store));
    const auto runs = *opened.runs(10);
    EXPECT_EQ(runs.size(), 1U);
    std::vector<std::string> facts;
    for (const TaskRow& task : std::vector(*opened.tasks(runs[0].id))) {
      facts.push_back(task.name + " " + task.artifact.value_or("none"));
      for (const SeriesRow& series : std::vector(*opened.series(task.id))) {
        for (const PointRow& point : std::vector(*opened.points(series.id))) {
          facts.push_back(fmt::format("{} {} {} {}", task.name, series.name, point.step,
                                      point.value.value_or(-1)));
        }
      }
    }
    return facts;
  }
};

TEST_F(Killed, AtRandomInstantsTheResultIsThatOfAnUndisturbedRun) {
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(wait_child(start("calm"))->code, 0) << errors();
  const auto calm_ms = static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                                 std::chrono::steady_clock::now() - begin)
                                                 .count());
  const auto expected = facts("calm");
  ASSERT_GT(expected.size(), 30U);
  const char* wanted = std::getenv("UNIMO_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 8;
  std::mt19937 random(7);
  int landed = 0;
  for (int round = 0; landed < kills; ++round) {
    ASSERT_LT(round, 100 * kills);
    const std::string store = fmt::format("store{}", round);
    // Several kills of one run, until it gets through.
    while (true) {
      const pid_t pid = start(store);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % calm_ms));
      const auto ended = poll_child(pid);
      if (ended && *ended) {
        ASSERT_EQ((*ended)->code, 0) << errors();
        break;
      }
      if (landed >= kills) {
        ASSERT_EQ(wait_child(pid)->code, 0) << errors();
        break;
      }
      ++landed;
      const auto victim = random() % 3;
      if (victim != 0) ::kill(pid, SIGKILL);
      if (victim != 1) {
        for (const pid_t stage : processes_with_environment("UNIMO_STAGE", "report"))
          ::kill(stage, SIGKILL);
        for (const pid_t stage : processes_with_environment("UNIMO_STAGE", "tune[seed=1]"))
          ::kill(stage, SIGKILL);
      }
      (void)wait_child(pid);
    }
    EXPECT_EQ(facts(store), expected) << "round " << round;
    ASSERT_TRUE(remove_tree(folder() / store));
  }
}

TEST_F(Killed, AnOrphanIsEndedBeforeItsTaskRunsAgain) {
  const pid_t pid = start("store", {"data.trouble=orphan", "data.steps=1000"});
  const auto file = wait_for_file("orphan.txt");
  ASSERT_FALSE(file.empty());
  ::kill(pid, SIGKILL);
  (void)wait_child(pid);
  {
    auto store = WritableStore::open(folder() / "store", "test");
    ASSERT_TRUE(store) << store.error().message;
    RunWriter writer(store->database());
    LocalRunner local;
    const auto recovered = recover(*store, writer, local);
    ASSERT_TRUE(recovered) << recovered.error().message;
    EXPECT_GE(recovered->fenced, 1);
    EXPECT_EQ(recovered->lost, 1);
  }
  const auto size = std::filesystem::file_size(file);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(std::filesystem::file_size(file), size);
}

TEST_F(Killed, ATermSignalSavesTheStateAndTheNextRunGoesOn) {
  const pid_t pid = start("store", {"data.steps=600"});
  // The stage listens for the signal before it writes its first event.
  ASSERT_FALSE(wait_for_file("events.jsonl").empty()) << errors();
  ::kill(pid, SIGTERM);
  const ExitStatus stopped = *wait_child(pid);
  EXPECT_EQ(stopped.signal, 0) << errors();
  EXPECT_EQ(stopped.code, 8) << errors();
  EXPECT_EQ(wait_child(start("store", {"data.steps=600"}))->code, 0) << errors();
  RunReader opened = std::move(*RunReader::open(folder() / "store"));
  EXPECT_EQ(opened.runs(10)->size(), 1U);
}

TEST_F(Killed, AFullDiskFailsTheTaskAndTheNextRunMendsIt) {
  // RLIMIT_FSIZE makes every write beyond it fail, as a full disk would.
  const rlimit small{64 << 10, RLIM_INFINITY};
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_IGN);  // inherited: the write fails instead
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const pid_t pid = start("store");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  const ExitStatus exit = *wait_child(pid);
  EXPECT_NE(exit.code, 0);
  EXPECT_EQ(exit.signal, 0) << errors();
  EXPECT_EQ(wait_child(start("store"))->code, 0) << errors();
  ASSERT_EQ(wait_child(start("calm"))->code, 0) << errors();
  EXPECT_EQ(facts("store"), facts("calm"));
}

}  // namespace
}  // namespace unimo
