// How long training waited for its data, and for what.
#pragma once

#include <cstdint>

#include "trainer/loop/loader.h"
#include "trainer/loop/metric_sink.h"

namespace unimo::trainer {

class StallReport {
 public:
  // A wait is shared out over the parts of preparing that micro-batch as they shared its time.
  void add(const Loaded& loaded);
  // "system.stall_share" of the seconds that have passed, "system.stall_ms.<part>" for each part
  // that was waited for, and a note naming the worst where more than a twentieth was lost; then
  // starts anew.
  void report(MetricSink& sink, std::int64_t step, double seconds);

 private:
  LoadTimes waited_;
};

}  // namespace unimo::trainer
