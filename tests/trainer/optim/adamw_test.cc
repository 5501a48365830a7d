#include "trainer/optim/adamw.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "orchestrator/base/json.h"
#include "tests/trainer/golden_roberta.h"

namespace unimo::trainer {
namespace {

class AdamWGolden : public GoldenRoberta {
 protected:
  void compare_parameters(const Json& wanted, double value_tolerance, double sum_tolerance) {
    for (const Parameter& p : model_->parameters().all()) {
      const std::string name = roberta_name(p.spec.name);
      if (name.empty()) continue;
      const Json& reference = wanted.at(name);
      const auto values = model_->parameters().values().subspan(static_cast<std::size_t>(p.offset),
                                                                static_cast<std::size_t>(p.count));
      double sum = 0;
      for (const float v : values) sum += static_cast<double>(v);
      EXPECT_NEAR(sum, reference.at("sum").get<double>(), sum_tolerance) << name;
      for (std::size_t i = 0; i < reference.at("first8").size(); ++i) {
        EXPECT_NEAR(static_cast<double>(values[i]), reference.at("first8")[i].get<double>(),
                    value_tolerance)
            << name;
      }
    }
  }
};

TEST_F(AdamWGolden, ThreeStepsAreThoseOfTheReference) {
  const auto golden = read_json(golden_roberta() / "adamw.json");
  ASSERT_TRUE(golden) << golden.error().message;
  AdamW optimizer(model_->parameters(),
                  {.lr = 1e-3, .eps = 1e-6, .weight_decay = 0.01, .clip_norm = 1.0});
  for (const Json& step : golden->at("steps")) {
    model_->parameters().zero_gradients();
    const at::Tensor value = loss();
    EXPECT_NEAR(static_cast<double>(value.item<float>()), step.at("loss_before").get<double>(),
                1e-5);
    value.backward();
    const double norm = optimizer.gradient_norm();
    EXPECT_NEAR(norm, step.at("grad_norm_before_clip").get<double>(), 1e-4);
    optimizer.step(1e-3, norm);
    compare_parameters(step.at("parameters"), 4e-5, 1e-4);
  }
  EXPECT_NEAR(static_cast<double>(loss().item<float>()),
              golden->at("loss_after_last_step").get<double>(), 1e-5);
}

// The token-type table that this model does not have, as its user would add it: one row of the
// test's own, added to the sum of every text row. Its gradient is the sum of theirs.
TEST_F(AdamWGolden, ThreeStepsWithATrainedTokenTypeRowAreThoseOfTheReference) {
  const auto golden = read_json(golden_roberta() / "adamw_token_type_trained.json");
  ASSERT_TRUE(golden) << golden.error().message;
  load(Precision::kFp32, {{.name = "token_type", .shape = {1, 64}, .init = Init::kZero}});
  ParameterStore& store = model_->parameters();
  const Parameter& type = store.at("token_type");
  const auto loss_with_type = [&] {
    EncodeOptions options{.training = true};
    options.text_delta = type.value.expand({batch_.rows, 64});
    return loss(options);
  };
  AdamW optimizer(store, {.lr = 1e-3, .eps = 1e-6, .weight_decay = 0.01, .clip_norm = 1.0});
  for (const Json& step : golden->at("steps")) {
    store.zero_gradients();
    const at::Tensor value = loss_with_type();
    EXPECT_NEAR(static_cast<double>(value.item<float>()), step.at("loss_before").get<double>(),
                1e-5);
    value.backward();
    const double norm = optimizer.gradient_norm();
    EXPECT_NEAR(norm, step.at("grad_norm_before_clip").get<double>(), 1e-4);
    optimizer.step(1e-3, norm);
    compare_parameters(step.at("parameters"), 4e-5, 1e-4);
    const Json& row =
        step.at("parameters").at("roberta.embeddings.token_type_embeddings.weight").at("first8");
    for (std::size_t i = 0; i < row.size(); ++i) {
      EXPECT_NEAR(store.values()[static_cast<std::size_t>(type.offset) + i], row[i].get<double>(),
                  4e-5);
    }
  }
  EXPECT_NEAR(static_cast<double>(loss_with_type().item<float>()),
              golden->at("loss_after_last_step").get<double>(), 1e-5);
}

ParameterStore ramp_store() {
  ParameterStore store(
      {{.name = "a", .shape = {300, 400}}, {.name = "b", .shape = {7}, .decay = false}}, 3, 0.02);
  for (std::size_t i = 0; i < store.gradients().size(); ++i) {
    store.gradients()[i] = std::sin(static_cast<float>(i)) * 0.01F;
  }
  return store;
}

std::vector<float> values_after_two_steps(int threads) {
  at::set_num_threads(threads);
  ParameterStore store = ramp_store();
  AdamW optimizer(store, {});
  for (int i = 0; i < 2; ++i) optimizer.step(1e-3, optimizer.gradient_norm());
  return {store.values().begin(), store.values().end()};
}

TEST(AdamW, GivesTheSameBitsWithAnyNumberOfThreads) {
  EXPECT_EQ(values_after_two_steps(1), values_after_two_steps(2));
}

TEST(AdamW, LeavesAParameterWithoutGradientAloneWhereNoDecayApplies) {
  ParameterStore store({{.name = "b", .shape = {20}, .decay = false}}, 3, 0.02);
  const std::vector<float> before(store.values().begin(), store.values().end());
  AdamW optimizer(store, {});
  optimizer.step(0.1, optimizer.gradient_norm());
  EXPECT_EQ(before, std::vector<float>(store.values().begin(), store.values().end()));
}

TEST(AdamW, NormIsNotFiniteWhenOneGradientIsNot) {
  ParameterStore store = ramp_store();
  store.gradients()[5] = std::nanf("");
  EXPECT_FALSE(std::isfinite(AdamW(store, {}).gradient_norm()));
}

}  // namespace
}  // namespace unimo::trainer
