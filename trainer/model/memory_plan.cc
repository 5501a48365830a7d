#include "trainer/model/memory_plan.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "trainer/model/device_ops.h"

namespace unimo::trainer {
namespace {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

// The first number of a file; `otherwise` when there is none ("max").
std::int64_t number_in(const char* path, std::int64_t otherwise) {
  std::ifstream file(path);
  std::int64_t value = 0;
  return file >> value ? value : otherwise;
}

std::int64_t machine_free() {
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    std::int64_t kibibytes = 0;
    if (key == "MemAvailable:" && file >> kibibytes) return kibibytes * 1024;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kNoLimit;
}

// Version 2 of control groups, else version 1, as seen from inside of one.
std::int64_t group_free() {
  const std::int64_t limit =
      std::min(number_in("/sys/fs/cgroup/memory.max", kNoLimit),
               number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes", kNoLimit));
  const std::int64_t used = std::max(number_in("/sys/fs/cgroup/memory.current", 0),
                                     number_in("/sys/fs/cgroup/memory/memory.usage_in_bytes", 0));
  return limit == kNoLimit ? kNoLimit : std::max<std::int64_t>(0, limit - used);
}

}  // namespace

std::int64_t activation_bytes(const ActivationPlan& plan, std::int64_t rows) {
  const std::int64_t h = plan.model.hidden, f = plan.model.ffn;
  const std::int64_t t = plan.precision == Precision::kFp32 ? 4 : 2;
  const std::int64_t input = plan.on_gpu ? t * h : 4 * h;
  // Queries, keys and values, attention, both normed sums, and the GELU's input.
  const std::int64_t inside = t * (6 * h + f) + 4 * plan.model.heads + 8;
  const std::int64_t backward = t * (8 * h + 2 * f) + 4 * h;
  const std::int64_t layers = plan.model.layers;
  const std::int64_t kept = plan.recompute ? layers * input + inside : layers * (input + inside);
  return rows * (kept + backward + input);
}

std::int64_t free_memory_bytes(const at::Device& device) {
  return device.is_cuda() ? device_free_bytes(device) : std::min(machine_free(), group_free());
}

}  // namespace unimo::trainer
