// Commands that only look: they open the store read-only, so they work while a run is going on.
// Each prints text, or one JSON document with --json, and returns the program's exit code.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/base/result.h"
#include "orchestrator/cli/console.h"

namespace unimo {

struct ListOptions {
  std::string experiment;
  std::string state;
  int limit = 20;
};

struct CompareOptions {
  std::string first, second;
  bool exit_code = false;  // 3 when they differ
};

struct LogOptions {
  std::string run = "@latest";
  std::string task;
  bool follow = false;
  int attempt = 0;  // 0: the last
};

struct LineageOptions {
  std::string node;  // run reference or artifact digest
  std::string task;
  std::string metric;
  bool dot = false;
};

Result<int> list_runs(const std::filesystem::path& root, const ListOptions& options,
                      const ConsoleOptions& console);
// A run, one of its tasks, or an artifact by digest.
Result<int> show(const std::filesystem::path& root, const std::string& reference,
                 const std::string& task, const ConsoleOptions& console);
Result<int> status(const std::filesystem::path& root, bool exit_code,
                   const ConsoleOptions& console);
Result<int> logs(const std::filesystem::path& root, const LogOptions& options);
Result<int> compare(const std::filesystem::path& root, const CompareOptions& options,
                    const ConsoleOptions& console);
Result<int> lineage(const std::filesystem::path& root, const LineageOptions& options,
                    const ConsoleOptions& console);
Result<int> print_report(const std::filesystem::path& root, const std::string& run,
                         const ConsoleOptions& console);

}  // namespace unimo
