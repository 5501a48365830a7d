#include "orchestrator/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/orchestrator/engine/world.h"

namespace unimo {
namespace {

using test::do_fail;
using test::do_work;
using test::FakeEnd;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kChain = R"(experiment: chain
stages:
  data: {kind: make, params: {text: data}}
  pack: {kind: use, inputs: {from: data}}
  tune: {kind: use, inputs: {from: pack}, params: {optimizer: {lr: 0.5}}}
  score: {kind: use, inputs: {from: tune}}
  other: {kind: use, inputs: {from: pack}, params: {text: other}}
)";

class Engine : public test::World {};

TEST_F(Engine, RunsEverythingOnceAndThenNothing) {
  const RunOutcome first = run(kChain);
  EXPECT_EQ(first.end, RunEnd::kSucceeded);
  EXPECT_EQ(first.exit_code(), 0);
  EXPECT_EQ(first.counts.done, 5);
  EXPECT_THAT(runner.started, UnorderedElementsAre("data", "pack", "tune", "score", "other"));
  const RunOutcome second = run(kChain);
  EXPECT_EQ(second.end, RunEnd::kNothingToDo);
  EXPECT_EQ(second.counts.run, first.counts.run);
  EXPECT_THAT(runner.started, IsEmpty());
  EXPECT_EQ(reader().runs(10)->size(), 1U);
}

TEST_F(Engine, RerunsOnlyWhatDependsOnTheChangedParameter) {
  const RunOutcome first = run(kChain);
  const auto before = artifacts(first.counts.run);
  const RunOutcome second = run(kChain, {"tune.optimizer.lr=0.25"});
  EXPECT_THAT(runner.started, ElementsAre("tune", "score"));
  EXPECT_EQ(second.counts.cached, 3);
  EXPECT_TRUE(diary.has("started tune: optimizer.lr: 0.5 -> 0.25"));
  const auto after = artifacts(second.counts.run);
  EXPECT_EQ(after.at("other"), before.at("other"));
  EXPECT_NE(after.at("score"), before.at("score"));
}

TEST_F(Engine, ExplainsTheChangeInOneLineBeforeRunning) {
  run(kChain);
  const auto planned = reasons(plan(kChain, {"tune.optimizer.lr=0.25"}));
  EXPECT_EQ(planned.at("tune"), "run: optimizer.lr: 0.5 -> 0.25");
  EXPECT_EQ(planned.at("score"), "unknown: waits for tune");
  EXPECT_THAT(planned.at("data"), HasSubstr("cached: cached from "));
}

TEST_F(Engine, PlansWithoutAStore) {
  const PlanReport report = plan(kChain);
  EXPECT_EQ(report.run, 1);
  EXPECT_EQ(report.unknown, 4);
  EXPECT_EQ(reasons(report).at("data"), "run: first time");
  EXPECT_FALSE(std::filesystem::exists(root()));
}

TEST_F(Engine, ExplainsATaskPartByPart) {
  const RunOutcome first = run(kChain);
  const auto experiment = parse_experiment(kChain, "test.yaml", {"pack.size=2", "pack.text=new"});
  const auto explained = explain_task(*experiment, environment(), options, "pack");
  ASSERT_TRUE(explained) << explained.error().message;
  EXPECT_EQ(explained->entry.action, PlanAction::kRun);
  EXPECT_EQ(explained->earlier_task, first.counts.run + "/pack");
  EXPECT_THAT(explained->differences, ElementsAre("size: 1 -> 2", "text: \"\" -> \"new\""));
  const auto unknown = explain_task(*experiment, environment(), options, "pakc");
  EXPECT_THAT(unknown.error().message, HasSubstr("there is no task \"pakc\""));
}

TEST_F(Engine, CutsOffEarlyWhenAChangedTaskGivesTheSameBytes) {
  run(R"(experiment: x
stages:
  a: {kind: make, params: {steps: 1}}
  b: {kind: use, inputs: {from: a}}
)");
  run(R"(experiment: x
stages:
  a: {kind: make, params: {steps: 2}}
  b: {kind: use, inputs: {from: a}}
)");
  EXPECT_THAT(runner.started, ElementsAre("a"));
  EXPECT_TRUE(diary.has("cached b"));
}

TEST_F(Engine, TakesAPartOfAnArtifactByItsOwnDigest) {
  const std::string yaml = R"(experiment: x
stages:
  a: {kind: make}
  b: {kind: use, inputs: {from: a/sub}}
)";
  run(yaml);
  EXPECT_EQ(runner.jobs.back().inputs.at("from")[0].path.filename(), "sub");
  EXPECT_EQ(runner.jobs.back().inputs.at("from")[0].label, "a/sub");
  // The part that b takes is the same although the artifact is another one.
  run(yaml, {"a.text=new"});
  EXPECT_THAT(runner.started, ElementsAre("a"));
}

TEST_F(Engine, NamesAPartThatIsNotThere) {
  const RunOutcome outcome = run(R"(experiment: x
stages:
  a: {kind: make}
  b: {kind: use, inputs: {from: a/sup}}
)");
  EXPECT_EQ(outcome.exit_code(), 1);
  ASSERT_EQ(outcome.failed.size(), 1U);
  EXPECT_EQ(outcome.failed[0].error,
            "test.yaml:4: there is no \"sup\" in the output of a, did you mean sub?");
}

TEST_F(Engine, GivesJobsWhatTheyNeed) {
  run(R"(experiment: x
seed: 5
stages:
  a: {kind: split, shards: 2, resources: {cores: 2, memory_mb: 50}}
  b: {kind: join, inputs: {from: a}, matrix: {seed: [8]}}
)");
  ASSERT_EQ(runner.jobs.size(), 3U);
  const Job& shard = runner.jobs[1];
  EXPECT_EQ(shard.task, "a[shard=1]");
  EXPECT_EQ(shard.shard_index, 1);
  EXPECT_EQ(shard.shard_count, 2);
  EXPECT_EQ(shard.seed, 5U);
  EXPECT_EQ(shard.resources.cores, 2);
  EXPECT_EQ(shard.params["optimizer"]["warmup"], 3);
  const Job& join = runner.jobs[2];
  EXPECT_EQ(join.seed, 8U);
  ASSERT_EQ(join.inputs.at("from").size(), 2U);
  EXPECT_EQ(join.inputs.at("from")[1].label, "a[shard=1]");
}

TEST_F(Engine, RunsAsManyTasksAsFit) {
  options.cores = 4;
  runner.work = [](const Job& job) {
    FakeEnd end = do_work(job);
    end.polls = 3;
    return end;
  };
  run("experiment: x\nstages:\n  a: {kind: make, matrix: {seed: [1, 2, 3, 4, 5]}, resources: "
      "{cores: 2}}\n");
  EXPECT_EQ(runner.most_at_once, 2U);
}

TEST_F(Engine, RunsTasksWithTheSameKeyOnce) {
  options.cores = 8;
  const RunOutcome outcome = run(R"(experiment: x
stages:
  a: {kind: make}
  b: {kind: make}
  c: {kind: join, inputs: {from: [a, b]}}
)");
  EXPECT_EQ(outcome.end, RunEnd::kSucceeded);
  EXPECT_THAT(runner.started, ElementsAre("a", "c"));
  EXPECT_TRUE(diary.has("cached b"));
}

TEST_F(Engine, RefusesGpusThatAreNotThereBeforeAnythingRuns) {
  options.gpus = std::vector<int>{};
  const auto outcome = try_run("experiment: x\nstages:\n  a: {kind: make}\n  g: {kind: gpu}\n");
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message,
              HasSubstr("g.resources.gpus: asks for 1 GPUs, this machine has 0"));
  EXPECT_THAT(runner.started, IsEmpty());
}

TEST_F(Engine, AFailureSkipsWhatNeedsIt) {
  options.keep_going = true;
  runner.work = [](const Job& job) {
    return job.task == "tune" ? do_fail(job, "boom at line 3") : do_work(job);
  };
  const RunOutcome outcome = run(kChain);
  EXPECT_EQ(outcome.end, RunEnd::kFailed);
  EXPECT_EQ(outcome.exit_code(), 1);
  ASSERT_EQ(outcome.failed.size(), 1U);
  EXPECT_EQ(outcome.failed[0].error, "boom at line 3");
  const auto states = task_states(outcome.counts.run);
  EXPECT_EQ(states.at("tune"), "failed");
  EXPECT_EQ(states.at("score"), "skipped");
  EXPECT_EQ(states.at("other"), "succeeded");
}

TEST_F(Engine, AFailedRunGoesOnUnderItsId) {
  bool broken = true;
  runner.work = [&](const Job& job) {
    return broken && job.task == "pack" ? do_fail(job, "boom") : do_work(job);
  };
  const RunOutcome first = run(kChain);
  EXPECT_EQ(first.end, RunEnd::kFailed);
  broken = false;
  const RunOutcome second = run(kChain);
  EXPECT_EQ(second.end, RunEnd::kSucceeded);
  EXPECT_EQ(second.counts.run, first.counts.run);
  EXPECT_TRUE(second.continued);
  EXPECT_THAT(runner.started, testing::Not(Contains("data")));
  EXPECT_EQ(reader().attempts(reader().task(first.counts.run, "pack")->id)->size(), 2U);
  EXPECT_EQ(reader().run("@latest")->tasks_done, 5);
  EXPECT_EQ(reader().run("@latest")->tasks_failed, 0);
}

TEST_F(Engine, RetriesWhatIsTransientWithLongerAndLongerPauses) {
  int tries = 0;
  runner.work = [&](const Job& job) {
    return ++tries <= 2 ? do_fail(job, "disk is tired", true) : do_work(job);
  };
  const RunOutcome outcome =
      run("experiment: x\ndefaults: {retries: 3}\nstages:\n  a: {kind: make}\n");
  EXPECT_EQ(outcome.end, RunEnd::kSucceeded);
  EXPECT_TRUE(diary.has("retry a in 5"));
  EXPECT_TRUE(diary.has("retry a in 10"));
  EXPECT_EQ(tries, 3);
}

TEST_F(Engine, DoesNotRetryAMistake) {
  runner.work = [](const Job& job) { return do_fail(job, "wrong parameter"); };
  run("experiment: x\ndefaults: {retries: 3}\nstages:\n  a: {kind: make}\n");
  EXPECT_EQ(runner.started.size(), 1U);
}

TEST_F(Engine, SaysWhatTheLogSaidWhenAProcessDies) {
  runner.work = [](const Job& job) {
    (void)write_file_atomic(job.events.parent_path() / "stderr.log", "one\ntwo\nfatal: no more\n");
    return FakeEnd{.exit = {.signal = 11}};
  };
  const RunOutcome outcome = run("experiment: x\nstages:\n  a: {kind: make}\n");
  EXPECT_THAT(outcome.failed[0].error, HasSubstr("killed by signal 11"));
  EXPECT_THAT(outcome.failed[0].error, HasSubstr("fatal: no more"));
}

TEST_F(Engine, EndsATaskThatRunsTooLong) {
  runner.work = [](const Job&) { return FakeEnd{.polls = 1000000, .hears_stop = false}; };
  options.grace_s = 2;
  const RunOutcome outcome = run("experiment: x\nstages:\n  a: {kind: make, timeout_s: 30}\n");
  EXPECT_EQ(outcome.failed[0].error, "ran longer than its timeout_s of 30 s");
  EXPECT_THAT(runner.stopped, ElementsAre("a"));
  EXPECT_THAT(runner.killed, ElementsAre("a"));
  EXPECT_GE(runner.time, 1032);
  EXPECT_LT(runner.time, 1034);
}

TEST_F(Engine, NotesATaskThatSaysNothing) {
  options.silence_s = 60;
  runner.work = [](const Job& job) {
    FakeEnd end = do_work(job);
    end.polls = 1000;
    return end;
  };
  const RunOutcome outcome = run("experiment: x\nstages:\n  a: {kind: make}\n");
  EXPECT_EQ(std::count(diary.lines.begin(), diary.lines.end(), "silent a"), 1);
  const auto notes = *reader().notes(reader().task(outcome.counts.run, "a")->id);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0].text, HasSubstr("has said nothing for 60 s"));
}

TEST_F(Engine, StopsWithStateSavedAndGoesOnLater) {
  int asked = 0;
  options.stop_requests = [&] { return asked; };
  runner.work = [&](const Job& job) {
    if (job.task == "pack") asked = 1;
    FakeEnd end = do_work(job);
    end.polls = job.task == "pack" ? 100 : 0;
    return end;
  };
  const RunOutcome first = run(kChain);
  EXPECT_EQ(first.end, RunEnd::kInterrupted);
  EXPECT_EQ(first.exit_code(), 8);
  EXPECT_THAT(runner.stopped, ElementsAre("pack"));
  EXPECT_EQ(task_states(first.counts.run).at("pack"), "interrupted");
  EXPECT_EQ(reader().run("@latest")->state, "interrupted");
  asked = 0;
  options.stop_requests = {};
  const RunOutcome second = run(kChain);
  EXPECT_EQ(second.end, RunEnd::kSucceeded);
  EXPECT_EQ(second.counts.run, first.counts.run);
}

TEST_F(Engine, ASecondStopKillsAtOnce) {
  int asked = 0;
  options.stop_requests = [&] { return asked; };
  runner.work = [&](const Job&) {
    asked = 2;
    return FakeEnd{.polls = 1000000, .hears_stop = false};
  };
  const RunOutcome outcome = run("experiment: x\nstages:\n  a: {kind: make}\n");
  EXPECT_EQ(outcome.end, RunEnd::kInterrupted);
  EXPECT_THAT(runner.killed, ElementsAre("a"));
}

TEST_F(Engine, AChangedStageVersionRunsAgainAndSaysSo) {
  run(kChain);
  version = 2;
  EXPECT_EQ(reasons(plan(kChain)).at("data"), "run: version: 1 -> 2");
  run(kChain);
  // The new code made the same bytes, so nothing that takes them runs.
  EXPECT_THAT(runner.started, ElementsAre("data"));
}

TEST_F(Engine, NumericsCountOnlyForKindsThatDependOnThem) {
  const std::string yaml = "experiment: x\nstages:\n  a: {kind: make}\n  n: {kind: numeric}\n";
  run(yaml);
  numerics = "cpu B";
  EXPECT_EQ(reasons(plan(yaml)).at("n"), "run: numerics: cpu A -> cpu B");
  run(yaml);
  EXPECT_THAT(runner.started, ElementsAre("n"));
}

TEST_F(Engine, RunsForcedStagesAgain) {
  run(kChain);
  options.force = {"pack"};
  run(kChain);
  EXPECT_THAT(runner.started, ElementsAre("pack"));
  options.force = {"nope"};
  EXPECT_FALSE(try_run(kChain));
}

TEST_F(Engine, SeesAChangedRawFile) {
  const std::string yaml =
      "experiment: x\nstages:\n  a: {kind: join, inputs: {from: {path: raw}}}\n";
  ASSERT_TRUE(make_directories(folder() / "raw"));
  ASSERT_TRUE(write_file_atomic(folder() / "raw" / "f.txt", "one"));
  run(yaml);
  run(yaml);
  EXPECT_THAT(runner.started, IsEmpty());
  ASSERT_TRUE(write_file_atomic(folder() / "raw" / "f.txt", "two"));
  EXPECT_THAT(reasons(plan(yaml)).at("a"), HasSubstr("run: input.from: "));
  run(yaml);
  EXPECT_THAT(runner.started, ElementsAre("a"));
}

TEST_F(Engine, RefusesAResultWhoseRawInputChangedMeanwhile) {
  ASSERT_TRUE(write_file_atomic(folder() / "raw.txt", "one"));
  runner.work = [this](const Job& job) {
    (void)write_file_atomic(folder() / "raw.txt", "two, and longer");
    return do_work(job);
  };
  const RunOutcome outcome =
      run("experiment: x\nstages:\n  a: {kind: join, inputs: {from: {path: raw.txt}}}\n");
  EXPECT_EQ(outcome.end, RunEnd::kFailed);
  EXPECT_THAT(outcome.failed[0].error, HasSubstr("changed while the task ran"));
}

TEST_F(Engine, RunsAgainWhatSomebodyDeletedFromTheStore) {
  const RunOutcome first = run(kChain);
  const std::string digest = artifacts(first.counts.run).at("pack");
  ASSERT_TRUE(remove_tree(root() / "artifacts" / digest.substr(0, 2) / digest));
  const RunOutcome second = run(kChain);
  EXPECT_THAT(runner.started, ElementsAre("pack"));
  EXPECT_EQ(artifacts(second.counts.run), artifacts(first.counts.run));
}

TEST_F(Engine, AProgramThatCannotStartFailsItsTask) {
  runner.cannot_start = true;
  const RunOutcome outcome = run("experiment: x\nstages:\n  a: {kind: make}\n");
  EXPECT_EQ(outcome.end, RunEnd::kFailed);
  EXPECT_THAT(outcome.failed[0].error, HasSubstr("cannot start /bin/false"));
}

TEST_F(Engine, DoesNotStartATaskWithoutFreeSpace) {
  options.min_free_mb = std::int64_t{1} << 40;
  const auto outcome = try_run("experiment: x\nstages:\n  a: {kind: make}\n");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kIo);
  EXPECT_THAT(outcome.error().message, HasSubstr("MiB are free"));
  options.min_free_mb = 0;
  EXPECT_EQ(run("experiment: x\nstages:\n  a: {kind: make}\n").end, RunEnd::kSucceeded);
}

TEST_F(Engine, RecordsWhatFlowedWhere) {
  const RunOutcome outcome = run(kChain);
  RunReader store = reader();
  const auto inputs = *store.inputs(store.task(outcome.counts.run, "pack")->id);
  ASSERT_EQ(inputs.size(), 1U);
  EXPECT_EQ(inputs[0].label, "data");
  EXPECT_EQ(inputs[0].source_task, store.task(outcome.counts.run, "data")->id);
  const RunOutcome second = run(kChain, {"tune.text=other"});
  const TaskRow cached = *reader().task(second.counts.run, "pack");
  EXPECT_EQ(cached.state, "cached");
  EXPECT_EQ(cached.origin_task, store.task(outcome.counts.run, "pack")->id);
  EXPECT_EQ(reader().inputs(cached.id)->size(), 1U);
  EXPECT_EQ(reader().series(cached.id)->size(), 1U);
}

TEST_F(Engine, AnOutputWithALinkIsNotPublished) {
  runner.work = [](const Job& job) {
    const FakeEnd end = do_work(job);
    std::filesystem::create_symlink("/etc/passwd", job.output / "link");
    return end;
  };
  const RunOutcome outcome = run("experiment: x\nstages:\n  a: {kind: make}\n");
  EXPECT_EQ(outcome.end, RunEnd::kFailed);
  EXPECT_THAT(outcome.failed[0].error, HasSubstr("neither a file nor a folder"));
}

}  // namespace
}  // namespace unimo
