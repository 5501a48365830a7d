// How fast training went since the last report, and what it waited for.
#pragma once

#include <chrono>
#include <cstdint>

#include "trainer/loop/metric_sink.h"
#include "trainer/loop/stall_report.h"

namespace unimo::trainer {

class Throughput {
 public:
  using Clock = std::chrono::steady_clock;

  void start() { start_ = Clock::now(); }
  void waited(const Loaded& loaded) { stalls_.add(loaded); }
  void encoded(std::int64_t rows) { rows_ += rows; }
  void saving(Clock::duration time) { saving_ += time; }
  // "system.rows_per_second", "system.checkpoint_stall_ms" and what StallReport tells; then starts
  // anew.
  void report(MetricSink& sink, std::int64_t step);

 private:
  StallReport stalls_;
  std::int64_t rows_ = 0;
  Clock::duration saving_{};
  Clock::time_point start_;
};

}  // namespace unimo::trainer
