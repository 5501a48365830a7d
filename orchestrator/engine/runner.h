// How a job is run: started, looked after, stopped. The scheduler knows only this; tests have a
// fake.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/process.h"
#include "orchestrator/base/result.h"

namespace unimo {

// One attempt of a task, ready to go: its folder holds job.json.
struct RunnerJob {
  std::string token;  // unique; every process of the attempt carries it as UNIMO_TOKEN
  std::filesystem::path program;
  std::filesystem::path directory;  // of the attempt: working directory, stdout.log and stderr.log
  std::filesystem::path job_file;
  std::vector<std::pair<std::string, std::string>> environment;
};

class Runner {
 public:
  virtual ~Runner() = default;

  // Starts the job and gives its process id. Not being able to start it is an error.
  virtual Result<std::int64_t> start(const RunnerJob& job) = 0;
  // How it ended, once; nothing while it runs.
  virtual Result<std::optional<ExitStatus>> poll(const std::string& token) = 0;
  // Asks it to stop (SIGTERM: save what can be saved).
  virtual void ask_to_stop(const std::string& token) = 0;
  // Ends it and everything it started, now. poll() still reports it.
  virtual void kill(const std::string& token) = 0;
  // Sleeps until a job may have ended, a signal came, or the time is over.
  virtual void wait(int timeout_ms) = 0;
  // Ends what is left of an attempt whose engine died. Returns how many processes were still there.
  virtual int fence(const std::string& token) = 0;
};

}  // namespace unimo
