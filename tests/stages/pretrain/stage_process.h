// Runs a training stage as its own process, as `unimo-tensor` does, so that it can be stopped and
// killed.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "orchestrator/stage/event.h"
#include "orchestrator/stage/job.h"

namespace unimo::testing {

// A folder with a tiny pack and the outputs of the stages.
class StageWorld {
 public:
  StageWorld();
  std::filesystem::path pack() const { return folder_.path() / "pack"; }
  std::filesystem::path output(const std::string& task) const {
    return folder_.path() / task / "output";
  }
  std::filesystem::path resume(const std::string& task) const {
    return folder_.path() / task / "resume";
  }

  // Starts `kind` and gives its exit code, or -signal. With `signal_at_step`, the process gets
  // `signal` when it has reported that step.
  struct Disturbance {
    int signal = 0;
    std::int64_t at_step = 0;
  };
  int run(const std::string& task, const std::string& kind, const Json& params,
          const std::map<std::string, std::filesystem::path>& inputs, Disturbance disturbance);
  int run(const std::string& task, const std::string& kind, const Json& params,
          const std::map<std::string, std::filesystem::path>& inputs) {
    return run(task, kind, params, inputs, {});
  }

  // The error that the stage reported, or nothing.
  std::string error(const std::string& task) const;
  // Values of a metric by step; of repeated steps the last.
  std::map<std::int64_t, double> metric(const std::string& task, const std::string& name) const;
  std::string digest(const std::string& task) const;
  std::vector<Event> events(const std::string& task) const;

 private:
  TempDir folder_;
};

// Few steps of everything.
Json tiny_pretrain_params(std::int64_t steps);

}  // namespace unimo::testing
