#include "stages/regions/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "stages/regions/linear.h"

namespace unimo::stages {

void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work) {
  std::atomic<std::int64_t> next{0};
  const auto take_turns = [&] {
    for (std::int64_t i = next++; i < count; i = next++) work(i);
  };
  const auto helpers = std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(count, 1)) - 1;
  std::vector<std::jthread> team;
  team.reserve(static_cast<std::size_t>(helpers));
  for (std::int64_t i = 0; i < helpers; ++i) {
    team.emplace_back([&] {
      use_single_threaded_kernels();
      take_turns();
    });
  }
  take_turns();
}

}  // namespace unimo::stages
