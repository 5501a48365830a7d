// Timing of what this process does and of commands beside it, for the benches of the streams.
#pragma once

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

namespace unimo::stages {

// Seconds: by the clock, and of the processor (all threads).
struct Seconds {
  double clock = 1e9, processor = 1e9;
};

inline double processor_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The largest resident size so far, in MB: of this process, or of the largest command it ran.
inline double peak_mb(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

template <class Work>
Seconds time_once(int who, const Work& work) {
  const double processor = processor_seconds(who);
  const auto start = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          processor_seconds(who) - processor};
}

inline void keep_least(Seconds& least, const Seconds& seen) {
  least.clock = std::min(least.clock, seen.clock);
  least.processor = std::min(least.processor, seen.processor);
}

inline void run_command(const std::string& command) {
  if (std::system(command.c_str()) == 0) return;
  fmt::print(stderr, "failed: {}\n", command);
  std::exit(1);
}

}  // namespace unimo::stages
