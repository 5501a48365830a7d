#include "trainer/optim/lr_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace unimo::trainer {

double learning_rate(const ScheduleConfig& schedule, double peak, std::int64_t step,
                     std::int64_t steps) {
  const auto total = static_cast<double>(std::max<std::int64_t>(steps, 1));
  const double warmup = schedule.warmup_steps > 0
                            ? std::min(static_cast<double>(schedule.warmup_steps), total)
                            : std::floor(schedule.warmup * total);
  const auto now = static_cast<double>(step);
  if (now < warmup) return peak * now / warmup;
  if (schedule.kind == "constant") return peak;
  if (schedule.kind == "drop") return now < schedule.drop_at * total ? peak : peak / 10;
  const double start = schedule.continuous ? warmup : 0.0;
  const double done = std::min(1.0, (now - start) / std::max(1.0, total - start));
  if (schedule.kind == "cosine") return peak * 0.5 * (1 + std::cos(std::numbers::pi * done));
  return peak * (1 - done);
}

}  // namespace unimo::trainer
