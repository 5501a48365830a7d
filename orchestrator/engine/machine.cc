#include "orchestrator/engine/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <string>

#include "orchestrator/base/file.h"

namespace unimo {

namespace {

constexpr std::int64_t kMiB = 1024 * 1024;

std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = ::sched_getaffinity(0, sizeof set, &set) == 0
                  ? CPU_COUNT(&set)
                  : static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  // "max 100000" or "<quota> <period>", microseconds.
  if (const auto quota = read_file("/sys/fs/cgroup/cpu.max")) {
    const auto share = leading_number(*quota);
    const std::size_t space = quota->find(' ');
    const auto period = space == std::string::npos
                            ? std::nullopt
                            : leading_number(std::string_view(*quota).substr(space + 1));
    if (share && period && *period > 0) {
      const double granted = static_cast<double>(*share) / static_cast<double>(*period);
      cores = std::min(cores, static_cast<int>(std::ceil(granted)));
    }
  }
  return std::max(cores, 1);
}

std::int64_t usable_memory_mb() {
  std::int64_t bytes = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGE_SIZE);
  if (const auto limit = read_file("/sys/fs/cgroup/memory.max")) {
    if (const auto granted = leading_number(*limit)) bytes = std::min(bytes, *granted);
  }
  return std::max<std::int64_t>(bytes / kMiB, 1);
}

std::vector<int> nvidia_devices() {
  std::vector<int> gpus;
  std::error_code error;
  for (int id = 0; std::filesystem::exists("/dev/nvidia" + std::to_string(id), error); ++id)
    gpus.push_back(id);
  return gpus;
}

}  // namespace

Machine detect_machine() { return {usable_cores(), usable_memory_mb(), nvidia_devices()}; }

Slots::Slots(Machine machine, int jobs)
    : machine_(std::move(machine)),
      jobs_(jobs),
      free_cores_(machine_.cores),
      free_memory_mb_(machine_.memory_mb),
      free_gpus_(machine_.gpus) {}

Resources Slots::fitting(Resources wanted) const {
  wanted.cores = std::min(wanted.cores, machine_.cores);
  wanted.memory_mb = std::min(wanted.memory_mb, machine_.memory_mb);
  return wanted;
}

std::optional<Grant> Slots::acquire(const Resources& wanted) {
  if (jobs_ > 0 && running_ >= jobs_) return std::nullopt;
  Grant grant{fitting(wanted), {}};
  if (grant.resources.cores > free_cores_ || grant.resources.memory_mb > free_memory_mb_ ||
      grant.resources.gpus > static_cast<int>(free_gpus_.size())) {
    return std::nullopt;
  }
  free_cores_ -= grant.resources.cores;
  free_memory_mb_ -= grant.resources.memory_mb;
  for (int i = 0; i < grant.resources.gpus; ++i) {
    grant.gpu_ids.push_back(free_gpus_.front());
    free_gpus_.erase(free_gpus_.begin());
  }
  ++running_;
  return grant;
}

void Slots::release(const Grant& grant) {
  free_cores_ += grant.resources.cores;
  free_memory_mb_ += grant.resources.memory_mb;
  free_gpus_.insert(free_gpus_.end(), grant.gpu_ids.begin(), grant.gpu_ids.end());
  std::sort(free_gpus_.begin(), free_gpus_.end());
  --running_;
}

}  // namespace unimo
