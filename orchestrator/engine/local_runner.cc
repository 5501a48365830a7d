#include "orchestrator/engine/local_runner.h"

#include <csignal>
#include <vector>

namespace unimo {

namespace {

constexpr const char* kTokenVariable = "UNIMO_TOKEN";

// A process may fork while the list is read, so the search goes on until nothing is left.
int kill_all_with(const std::string& token) {
  constexpr int kRounds = 200;
  int killed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<pid_t> found = processes_with_environment(kTokenVariable, token);
    if (found.empty()) break;
    for (const pid_t pid : found) ::kill(pid, SIGKILL);
    if (round == 0) killed = static_cast<int>(found.size());
    wait_for_any(found, 20);
  }
  return killed;
}

}  // namespace

Result<std::int64_t> LocalRunner::start(const RunnerJob& job) {
  ChildSpec child;
  child.argv = {job.program.string(), job.job_file.string()};
  child.directory = job.directory;
  child.environment = job.environment;
  child.environment.emplace_back(kTokenVariable, job.token);
  child.stdout_path = job.directory / "stdout.log";
  child.stderr_path = job.directory / "stderr.log";
  const pid_t pid = UNIMO_TRY(start_child(child));
  running_[job.token] = pid;
  return std::int64_t{pid};
}

Result<std::optional<ExitStatus>> LocalRunner::poll(const std::string& token) {
  const auto found = running_.find(token);
  UNIMO_CHECK(found != running_.end(), "the job {} was not started here", token);
  const auto exit = UNIMO_TRY(poll_child(found->second));
  if (!exit) return exit;
  // What the job left in the background must not write on after its result was taken.
  signal_group(found->second, SIGKILL);
  kill_all_with(token);
  running_.erase(found);
  return exit;
}

void LocalRunner::ask_to_stop(const std::string& token) {
  const auto found = running_.find(token);
  if (found != running_.end()) signal_group(found->second, SIGTERM);
}

void LocalRunner::kill(const std::string& token) {
  const auto found = running_.find(token);
  if (found != running_.end()) signal_group(found->second, SIGKILL);
  kill_all_with(token);
}

void LocalRunner::wait(int timeout_ms) {
  std::vector<pid_t> pids;
  for (const auto& [token, pid] : running_) pids.push_back(pid);
  wait_for_any(pids, timeout_ms);
}

int LocalRunner::fence(const std::string& token) { return kill_all_with(token); }

}  // namespace unimo
