#include "trainer/loop/stall_report.h"

#include <fmt/format.h>

namespace unimo::trainer {

void StallReport::add(const Loaded& loaded) {
  const double total = loaded.times.total();
  if (total <= 0) return;
  for (std::size_t i = 0; i < kLoadParts; ++i)
    waited_.seconds[i] += loaded.waited * loaded.times.seconds[i] / total;
}

void StallReport::report(MetricSink& sink, std::int64_t step, double seconds) {
  constexpr double kWorthANote = 0.05;
  const double waited = waited_.total();
  if (seconds > 0) sink.metric("system.stall_share", waited / seconds, step);
  for (std::size_t i = 0; i < kLoadParts; ++i) {
    const auto part = static_cast<LoadPart>(i);
    if (waited_.of(part) > 0)
      sink.metric(fmt::format("system.stall_ms.{}", name_of(part)), waited_.of(part) * 1e3, step);
  }
  if (seconds > 0 && waited > kWorthANote * seconds) {
    sink.note(fmt::format(
        "step {}: training waited for data in {:.0f} % of its time, mostly for `{}`: raise "
        "train.loader.threads or train.loader.ahead",
        step, 100 * waited / seconds, name_of(waited_.longest())));
  }
  waited_ = {};
}

}  // namespace unimo::trainer
