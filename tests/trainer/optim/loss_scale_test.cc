#include "trainer/optim/loss_scale.h"

#include <gtest/gtest.h>

namespace unimo::trainer {
namespace {

TEST(LossScale, StaysOneOutsideFp16) {
  LossScale scale(Precision::kBf16);
  for (int i = 0; i < 2 * LossScale::kGrowAfter; ++i) scale.good_step();
  EXPECT_EQ(scale.value(), 1);
  EXPECT_FALSE(scale.lower());
}

TEST(LossScale, IsHalvedUntilNothingHelps) {
  LossScale scale(Precision::kFp16);
  EXPECT_EQ(scale.value(), LossScale::kStart);
  EXPECT_TRUE(scale.lower());
  EXPECT_EQ(scale.value(), LossScale::kStart / 2);
  while (scale.value() > 1) EXPECT_TRUE(scale.lower());
  EXPECT_FALSE(scale.lower());
  EXPECT_EQ(scale.value(), 1);
}

TEST(LossScale, GrowsAfterManyGoodStepsInARow) {
  LossScale scale(Precision::kFp16);
  for (int i = 0; i + 1 < LossScale::kGrowAfter; ++i) scale.good_step();
  EXPECT_EQ(scale.value(), LossScale::kStart);
  scale.good_step();
  EXPECT_EQ(scale.value(), 2 * LossScale::kStart);
}

TEST(LossScale, GoesOnWhereItWasSaved) {
  LossScale scale(Precision::kFp16);
  scale.lower();
  for (int i = 0; i + 1 < LossScale::kGrowAfter; ++i) scale.good_step();
  LossScale resumed(Precision::kFp16);
  resumed.restore(scale.to_json());
  resumed.good_step();
  EXPECT_EQ(resumed.value(), LossScale::kStart);
}

TEST(LossScale, ACheckpointOfAnotherPrecisionChangesNothing) {
  LossScale scale(Precision::kBf16);
  scale.restore(LossScale(Precision::kFp16).to_json());
  EXPECT_EQ(scale.value(), 1);
}

}  // namespace
}  // namespace unimo::trainer
