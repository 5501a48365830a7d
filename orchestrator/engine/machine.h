// What this machine has to give to tasks, and what is given at the moment.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/stage/job.h"

namespace unimo {

struct Machine {
  int cores = 1;
  std::int64_t memory_mb = 1024;
  std::vector<int> gpus;  // ids for CUDA_VISIBLE_DEVICES
};

// Cores this process may use (affinity and cgroup quota), memory (cgroup limit), NVIDIA devices.
Machine detect_machine();

// What a task got. Give it back with Slots::release.
struct Grant {
  Resources resources;
  std::vector<int> gpu_ids;
};

class Slots {
 public:
  // At most `jobs` tasks at a time; 0: as many as the machine carries.
  explicit Slots(Machine machine, int jobs = 0);

  // A task that asks for more cores or memory than there are gets all there are: it would never run
  // otherwise. GPUs are never pretended.
  Resources fitting(Resources wanted) const;
  bool can_ever_run(const Resources& wanted) const {
    return wanted.gpus <= static_cast<int>(machine_.gpus.size());
  }

  // Nothing when it does not fit now.
  std::optional<Grant> acquire(const Resources& wanted);
  void release(const Grant& grant);
  bool idle() const { return running_ == 0; }
  const Machine& machine() const { return machine_; }

 private:
  Machine machine_;
  int jobs_;
  int running_ = 0;
  int free_cores_;
  std::int64_t free_memory_mb_;
  std::vector<int> free_gpus_;
};

}  // namespace unimo
