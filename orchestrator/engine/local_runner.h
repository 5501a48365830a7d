// Runs jobs as child processes of this one, each in its own process group.
//
// A job that leaves its group (setsid) is still found: every process that carries the attempt's
// UNIMO_TOKEN belongs to it. Children are killed by the kernel when this process dies, even by kill
// -9.
#pragma once

#include <map>
#include <string>

#include "orchestrator/engine/runner.h"

namespace unimo {

class LocalRunner : public Runner {
 public:
  Result<std::int64_t> start(const RunnerJob& job) override;
  Result<std::optional<ExitStatus>> poll(const std::string& token) override;
  void ask_to_stop(const std::string& token) override;
  void kill(const std::string& token) override;
  void wait(int timeout_ms) override;
  int fence(const std::string& token) override;

 private:
  std::map<std::string, pid_t> running_;
};

}  // namespace unimo
