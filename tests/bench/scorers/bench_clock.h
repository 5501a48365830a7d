// The clock of the scorers' benches.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>

namespace unimo::eval {

// The shortest of several runs, in seconds.
inline double shortest(int repetitions, const std::function<void()>& work) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
  }
  return best;
}

}  // namespace unimo::eval
