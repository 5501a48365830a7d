// The other ranks of a job on this machine: copies of the running program.
//
// They carry the variables of torchrun and, like everything in the environment, the attempt's
// UNIMO_TOKEN, by which the engine finds them; the kernel kills them when this process dies. A
// thread passes on what they write, line by line with the rank in front, passes a request to stop
// on to them, and notes how they end.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "orchestrator/base/process.h"
#include "orchestrator/base/result.h"
#include "trainer/comm/launch.h"
#include "trainer/comm/sockets.h"

namespace unimo::stages {

class RankChildren {
 public:
  // Ranks 1 to own.size - 1 of the job in `job_file`; rank 0 is this process. Call it from the main
  // thread: the kernel takes a thread's end for the parent's.
  static Result<std::unique_ptr<RankChildren>> start(const trainer::Launch& own,
                                                     const std::filesystem::path& job_file);
  ~RankChildren();  // ends those that still run
  RankChildren(const RankChildren&) = delete;
  RankChildren& operator=(const RankChildren&) = delete;

  // A child that has ended, with its last line: "rank 2: exit code 1; its last line: …".
  std::optional<std::string> ended_early() const;

  // Waits until all have ended, kills those that take too long, and gives what went wrong with
  // them, empty when nothing did. `told`: they know that the work has failed and may fail too; then
  // only those that a signal killed count.
  std::string wait(bool told);

 private:
  struct Child {
    int rank = 0;
    pid_t pid = -1;
    trainer::Descriptor output;
    std::string line;  // not yet ended
    std::string last_line;
    std::optional<ExitStatus> exit;
  };

  RankChildren() = default;
  Result<Child> start_child_of(const trainer::Launch& launch,
                               const std::filesystem::path& job_file);
  void watch();
  void read_output(Child& child);
  void write_lines(Child& child);
  bool all_ended() const;
  bool wait_until_ended(double seconds) const;
  void signal_all(int number);

  mutable std::mutex mutex_;  // guards the children
  std::vector<Child> children_;
  trainer::WakeUp ended_;
  std::thread thread_;
};

}  // namespace unimo::stages
