#include "trainer/optim/loss_scaler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/trainer/tiny_training.h"
#include "trainer/optim/adamw.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;

TEST(LossScaler, HalvesAndSkipsOnOverflow) {
  LossScaler scaler;
  EXPECT_EQ(scaler.scale(), 65536);
  EXPECT_FALSE(scaler.update(false));
  EXPECT_EQ(scaler.scale(), 32768);
  EXPECT_TRUE(scaler.update(true));
  EXPECT_EQ(scaler.scale(), 32768);
}

TEST(LossScaler, DoublesAfterTwoThousandGoodStepsInARow) {
  LossScaler scaler;
  for (int i = 0; i < 1999; ++i) scaler.update(true);
  scaler.update(false);  // the run begins again
  for (int i = 0; i < 1999; ++i) scaler.update(true);
  EXPECT_EQ(scaler.scale(), 32768);
  scaler.update(true);
  EXPECT_EQ(scaler.scale(), 65536);
}

TEST(LossScaler, StaysBetweenItsBounds) {
  LossScaler scaler;
  for (int i = 0; i < 40; ++i) scaler.update(false);
  EXPECT_EQ(scaler.scale(), 1);
  for (int i = 0; i < 40 * 2000; ++i) scaler.update(true);
  EXPECT_EQ(scaler.scale(), LossScaler::kMost);
}

TEST(LossScaler, GoesOnFromItsState) {
  LossScaler scaler;
  for (int i = 0; i < 1500; ++i) scaler.update(true);
  auto copy = LossScaler::from_json(scaler.to_json(), "state.json");
  ASSERT_TRUE(copy) << copy.error().message;
  for (int i = 0; i < 500; ++i) copy->update(true);
  EXPECT_EQ(copy->scale(), 131072);
}

TEST(LossScaler, StatesThatCannotBeAreRefused) {
  const auto mistake = [](const Json& json) {
    const auto scaler = LossScaler::from_json(json, "state.json");
    return scaler ? "" : scaler.error().message;
  };
  EXPECT_THAT(mistake(Json::array()), HasSubstr("state.json"));
  EXPECT_THAT(mistake({{"scale", "big"}, {"good_steps", 0}}), HasSubstr("numbers"));
  EXPECT_THAT(mistake({{"scale", 3.0}, {"good_steps", 0}}), HasSubstr("power of two"));
  EXPECT_THAT(mistake({{"scale", 0.0}, {"good_steps", 0}}), HasSubstr("power of two"));
  EXPECT_THAT(mistake({{"scale", nullptr}, {"good_steps", 0}}), HasSubstr("numbers"));
  EXPECT_THAT(mistake({{"scale", 4.0}, {"good_steps", 2000}}), HasSubstr("good steps"));
}

// The gradient of the scaled loss, divided by the scale.
std::vector<float> gradients_with(Unimo& model, double loss_factor, double scale) {
  const PackedBatch batch = random_pairs(1, 6, model.config());
  model.parameters().zero_gradients();
  const at::Tensor hidden = model.encode(batch, {});
  model.lm_loss_sum(gather_rows(hidden, batch.text_rows), batch.token_ids)
      .mul(loss_factor * scale)
      .backward();
  std::vector<float> out;
  for (const float g : model.parameters().gradients()) {
    out.push_back(static_cast<float>(static_cast<double>(g) / (loss_factor * scale)));
  }
  return out;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0;
  double length = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    length += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / length);
}

// A loss so small that its gradients fall below what a half holds.
TEST(LossScaler, SavesSmallGradientsOfHalves) {
  Unimo wide(tiny_test_model(), 3, Precision::kFp32);
  Unimo narrow(tiny_test_model(), 3, Precision::kFp16);
  const auto wanted = gradients_with(wide, 1e-7, 1);
  EXPECT_GT(distance(gradients_with(narrow, 1e-7, 1), wanted), 0.3);
  EXPECT_LT(distance(gradients_with(narrow, 1e-7, LossScaler::kStart), wanted), 0.01);
}

TEST(LossScaler, AScaleThatIsTooLargeMakesTheNormOverflow) {
  Unimo narrow(tiny_test_model(), 3, Precision::kFp16);
  gradients_with(narrow, 1, 1 << 22);
  EXPECT_FALSE(std::isfinite(AdamW(narrow.parameters(), {}).gradient_norm()));
}

TEST(LossScaler, AStepOnScaledGradientsIsTheStepOnTheGradients) {
  const auto values_after = [](float scale) {
    ParameterStore store({{.name = "a", .shape = {64}}}, 3, 0.02);
    for (std::size_t i = 0; i < 64; ++i)
      store.gradients()[i] = std::sin(static_cast<float>(i)) * scale;
    AdamW optimizer(store, {.clip_norm = 0.5});
    optimizer.step(1e-2, optimizer.gradient_norm(), static_cast<double>(scale));
    return std::vector<float>(store.values().begin(), store.values().end());
  };
  const auto plain = values_after(1);
  const auto scaled = values_after(1024);
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(plain[i], scaled[i], 1e-7) << i;
}

}  // namespace
}  // namespace unimo::trainer
