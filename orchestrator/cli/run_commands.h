// Commands that start or foresee work: run, plan, explain.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/cli/console.h"
#include "orchestrator/engine/engine.h"

namespace unimo {

struct ExperimentChoice {
  std::filesystem::path file;
  std::vector<std::string> set;  // --set path=value
};

struct RunFlags {
  std::vector<std::string> stages, force;
  int jobs = 0;
  int cores = 0;  // 0: all
  bool keep_going = false;
  bool exit_code = false;  // plan: 3 when something would run
  double wait_s = 0;       // how long to wait for another engine
  std::string command_line;
};

Result<int> run(const std::filesystem::path& root, const ExperimentChoice& choice,
                const RunFlags& flags, const ConsoleOptions& console);
Result<int> plan(const std::filesystem::path& root, const ExperimentChoice& choice,
                 const RunFlags& flags, const ConsoleOptions& console);
// Why a task will run or not; with `key` every part of its cache key.
Result<int> explain(const std::filesystem::path& root, const ExperimentChoice& choice,
                    const std::string& task, bool key, const ConsoleOptions& console);

}  // namespace unimo
