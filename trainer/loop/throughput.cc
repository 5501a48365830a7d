#include "trainer/loop/throughput.h"

namespace unimo::trainer {
namespace {

double seconds(Throughput::Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void Throughput::report(MetricSink& sink, std::int64_t step) {
  const double passed = seconds(Clock::now() - start_);
  if (passed > 0) sink.metric("system.rows_per_second", static_cast<double>(rows_) / passed, step);
  stalls_.report(sink, step, passed);
  sink.metric("system.checkpoint_stall_ms", seconds(saving_) * 1e3, step);
  rows_ = 0;
  saving_ = {};
  start();
}

}  // namespace unimo::trainer
