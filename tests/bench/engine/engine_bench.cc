// How planning and a run with nothing to do grow with the number of tasks: engine_bench [TASKS]
// [DIRECTORY].
//
// The experiment is a sweep: one data stage, a training stage with two matrix keys (one used by its
// parameters), a scoring stage that follows it cell by cell, and a report that takes everything.
// DIRECTORY holds the stores (default: a temporary folder).
#include <cstdio>
#include <cstdlib>

#include <chrono>

#include "orchestrator/base/file.h"
#include "orchestrator/base/log.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/plan.h"
#include "orchestrator/engine/provenance.h"
#include "tests/orchestrator/engine/fake_runner.h"
#include "tests/orchestrator/engine/test_schemas.h"

namespace unimo {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class F>
auto timed(const char* what, std::size_t tasks, const F& work) {
  const double begin = seconds();
  auto result = work();
  const double spent = seconds() - begin;
  std::printf("%-34s %8zu tasks %9.3f s %9.2f us a task\n", what, tasks, spent,
              1e6 * spent / static_cast<double>(tasks));
  std::fflush(stdout);
  return result;
}

std::string sweep(std::size_t tasks) {
  const std::size_t seeds = tasks / 200;
  std::string list;
  for (std::size_t i = 1; i <= seeds; ++i) list += fmt::format("{}{}", i == 1 ? "" : ", ", i);
  std::string texts;
  for (int i = 0; i < 100; ++i) texts += fmt::format("{}t{}", i == 0 ? "" : ", ", i);
  return fmt::format(
      "experiment: sweep\nstages:\n  data: {{kind: make}}\n"
      "  train: {{kind: use, matrix: {{task: [{0}], seed: [{1}]}}, inputs: {{from: data}}, params: "
      "{{text: \"${{task}}\"}}}}\n"
      "  score: {{kind: use, matrix: {{task: [{0}], seed: [{1}]}}, inputs: {{from: "
      "\"train[task=${{task}},seed=${{seed}}]\"}}}}\n"
      "  report: {{kind: join, inputs: {{from: score}}}}\n",
      texts, list);
}

// Fills a store as if everything had run: results that are all the same artifact.
Status fill_store(const Experiment& experiment, const EngineEnvironment& environment) {
  test::FakeRunner runner;
  EngineEnvironment faked = environment;
  faked.runner = &runner;
  runner.work = [](const Job& job) {
    (void)write_file_atomic(job.output / "out.txt", job.task);
    return test::FakeEnd{};
  };
  RunOptions options;
  options.cores = 64;
  options.memory_mb = 1 << 20;
  options.min_free_mb = 0;
  Observer observer;
  UNIMO_TRY(run_experiment(experiment, faked, options, observer));
  return ok();
}

int run(std::size_t tasks, const std::filesystem::path& directory) {
  set_log_level(LogLevel::kError);
  const std::string text = sweep(tasks);
  const auto experiment =
      timed("read the experiment", tasks, [&] { return parse_experiment(text, "sweep.yaml"); });
  if (!experiment) return std::printf("%s\n", experiment.error().message.c_str()), 1;
  const SchemaTable table = test::schema_table();
  const auto plan = timed("make the plan", tasks, [&] { return make_plan(*experiment, table); });
  if (!plan) return std::printf("%s\n", plan.error().message.c_str()), 1;
  std::printf("tasks %zu, parameter sets %zu, groups %zu, sources %zu\n", plan->tasks.size(),
              plan->params.size(), plan->groups.size(), plan->sources.size());
  EngineEnvironment environment;
  environment.root = directory / "store";
  environment.schemas = table;
  environment.program = [](const StageSchema&) { return std::filesystem::path("/bin/false"); };
  const auto report = timed("unimo plan, nothing stored", tasks, [&] {
    return plan_experiment(*experiment, environment, RunOptions{});
  });
  if (!report) return std::printf("%s\n", report.error().message.c_str()), 1;
  // Really executing is bound by the disk; a small sweep shows the cost of a task.
  const std::size_t small = 1000;
  const auto small_experiment = parse_experiment(sweep(small), "sweep.yaml");
  const Status filled = timed("run with a runner that does nothing", small,
                              [&] { return fill_store(*small_experiment, environment); });
  if (!filled) return std::printf("%s\n", filled.error().message.c_str()), 1;
  const Status again = timed("run again, nothing to do", small,
                             [&] { return fill_store(*small_experiment, environment); });
  if (!again) return std::printf("%s\n", again.error().message.c_str()), 1;
  const auto source = timed("look at the git repository", 1, [&] { return capture_source("."); });
  if (source && *source)
    std::printf("commit %s, %zu changes\n", (*source)->commit.c_str(), (*source)->changes.size());
  return 0;
}

}  // namespace
}  // namespace unimo

int main(int argc, char** argv) {
  const std::size_t tasks = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  if (argc > 2) return unimo::run(tasks, argv[2]);
  const auto folder = unimo::TempDir::make("engine-bench");
  return folder ? unimo::run(tasks, folder->path()) : 1;
}
