// The learning rate of a step: a function of the settings, the step and the number of steps,
// nothing else.
#pragma once

#include <cstdint>

#include "trainer/config/train.h"

namespace unimo::trainer {

// `step` counts from 0 to steps - 1. Warm-up rises as step / warm-up steps. After it:
//   linear    peak * (1 - step / steps), UNIMO's rule: a little lower than the peak right after
//   warm-up;
//             with `continuous`, peak * (steps - step) / (steps - warm-up)
//   cosine    the same two ways along half a cosine
//   constant  peak
//   drop      peak, and a tenth of it from step drop_at * steps on
double learning_rate(const ScheduleConfig& schedule, double peak, std::int64_t step,
                     std::int64_t steps);

}  // namespace unimo::trainer
