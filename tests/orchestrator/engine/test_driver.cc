// Runs an experiment with real processes, for tests that kill the engine: engine_test_driver ROOT
// FILE [--set ...].
#include <cstdio>
#include <string>
#include <vector>

#include "orchestrator/base/log.h"
#include "orchestrator/base/process.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/stop_signals.h"
#include "tests/orchestrator/engine/test_schemas.h"

int main(int argc, char** argv) {
  using namespace unimo;
  set_log_level(LogLevel::kError);
  if (argc < 3) return 2;
  const std::vector<std::string> overrides(argv + 3, argv + argc);
  const auto experiment = load_experiment(argv[2], overrides);
  if (!experiment) {
    std::fprintf(stderr, "%s\n", experiment.error().message.c_str());
    return 2;
  }
  EngineEnvironment environment;
  environment.root = argv[1];
  environment.schemas = test::schema_table();
  environment.program = [](const StageSchema&) {
    return program_directory() / "engine_test_stage";
  };
  RunOptions options;
  options.cores = 3;
  options.tick_s = 0.02;
  options.grace_s = 1;
  options.min_free_mb = 1;
  const StopSignals signals;
  options.stop_requests = [&] { return signals.count(); };
  Observer observer;
  const auto outcome = run_experiment(*experiment, environment, options, observer);
  if (!outcome) {
    std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
    return outcome.error().code == ErrorCode::kConflict ? 6 : 7;
  }
  for (const FailedTask& task : outcome->failed)
    std::fprintf(stderr, "%s: %s\n", task.name.c_str(), task.error.c_str());
  std::printf("%s\n", outcome->counts.run.c_str());
  return outcome->exit_code();
}
