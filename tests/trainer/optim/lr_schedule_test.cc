#include "trainer/optim/lr_schedule.h"

#include <gtest/gtest.h>

namespace unimo::trainer {
namespace {

const ScheduleConfig kLinear{.kind = "linear", .warmup = 0.1};

TEST(LrSchedule, RisesLinearlyDuringWarmUp) {
  EXPECT_DOUBLE_EQ(learning_rate(kLinear, 1.0, 0, 100), 0.0);
  EXPECT_DOUBLE_EQ(learning_rate(kLinear, 1.0, 5, 100), 0.5);
}

TEST(LrSchedule, DropsAfterWarmUpAsUnimoDoes) {
  EXPECT_DOUBLE_EQ(learning_rate(kLinear, 1.0, 10, 100), 0.9);
}

TEST(LrSchedule, FallsFromThePeakWhenContinuous) {
  ScheduleConfig schedule = kLinear;
  schedule.continuous = true;
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 1.0, 10, 100), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 1.0, 55, 100), 0.5);
}

TEST(LrSchedule, TakesWarmUpStepsBeforeTheShare) {
  ScheduleConfig schedule = kLinear;
  schedule.warmup_steps = 20;
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 1.0, 10, 100), 0.5);
}

TEST(LrSchedule, CosineEndsNearZero) {
  EXPECT_NEAR(learning_rate({.kind = "cosine", .warmup = 0}, 1.0, 50, 100), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate({.kind = "cosine", .warmup = 0}, 1.0, 100, 100), 0.0, 1e-12);
}

TEST(LrSchedule, ConstantStaysAtThePeak) {
  EXPECT_DOUBLE_EQ(learning_rate({.kind = "constant", .warmup = 0}, 2.0, 99, 100), 2.0);
}

TEST(LrSchedule, DropsToATenthAtItsShareOfTheSteps) {
  const ScheduleConfig drop{.kind = "drop", .warmup = 0, .drop_at = 0.75};
  EXPECT_DOUBLE_EQ(learning_rate(drop, 2.0, 74, 100), 2.0);
  EXPECT_DOUBLE_EQ(learning_rate(drop, 2.0, 75, 100), 0.2);
}

}  // namespace
}  // namespace unimo::trainer
