// Child processes: start one in its own process group, wait, kill the group.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo {

struct ChildSpec {
  std::vector<std::string> argv;    // argv[0] is looked up in PATH when it has no '/'
  std::filesystem::path directory;  // working directory; empty: the parent's
  std::vector<std::pair<std::string, std::string>> environment;  // added to the parent's
  std::filesystem::path stdout_path;                             // appended to; empty: the parent's
  std::filesystem::path stderr_path;
  bool die_with_parent = true;  // the kernel kills the child when its parent dies, also by kill -9
};

// How a child ended.
struct ExitStatus {
  int code = 0;    // exit code, or 0 when killed by a signal
  int signal = 0;  // the signal that killed it, or 0
  double user_s = 0, system_s = 0;
  long max_rss_kib = 0;
  bool success() const { return code == 0 && signal == 0; }
  std::string text() const;  // "exit code 3", "killed by signal 9 (Killed)"
};

// Starts a child as leader of a new process group; its pid is also the group's id. The child's
// standard input is /dev/null. An argv[0] that cannot be executed is an error here, not a dead
// child later.
Result<pid_t> start_child(const ChildSpec& spec);

// Collects the child if it has ended; nothing while it runs.
Result<std::optional<ExitStatus>> poll_child(pid_t pid);
Result<ExitStatus> wait_child(pid_t pid);

// Signals every process of the group; a group that is gone is fine.
void signal_group(pid_t group, int signal);

// Waits until one of the children may have ended, or the time is over. Signals wake it too.
void wait_for_any(const std::vector<pid_t>& children, int timeout_ms);

// Live processes whose environment contains `NAME=value`, found through /proc. Finds also those
// that left their group or lost their parent.
std::vector<pid_t> processes_with_environment(const std::string& name, const std::string& value);

// The folder of the running program, where its sister programs lie.
std::filesystem::path program_directory();

}  // namespace unimo
