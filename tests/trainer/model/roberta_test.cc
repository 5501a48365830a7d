// The text part against a RoBERTa computed elsewhere in float64: states, logits, loss, gradients,
// optimiser steps.
#include "tests/trainer/golden_roberta.h"

namespace unimo::trainer {
namespace {

using Roberta = GoldenRoberta;

TEST_F(Roberta, HiddenStatesAreThoseOfTheReference) {
  const auto states = model_->encode_all_layers(batch_);
  ASSERT_EQ(states.size(), 4U);
  for (std::size_t i = 0; i < states.size(); ++i) {
    EXPECT_LT(largest_difference(states[i].detach(), "hidden." + std::to_string(i)), 3e-5)
        << "state " << i;
  }
}

TEST_F(Roberta, LogitsAreThoseOfTheReference) {
  EXPECT_LT(largest_difference(model_->lm_logits(model_->encode(batch_, {})).detach(), "logits"),
            3e-5);
}

TEST_F(Roberta, LossIsThatOfTheReference) {
  EXPECT_NEAR(static_cast<double>(loss().item<float>()), 7.1196499082578075, 5e-6);
}

TEST_F(Roberta, GradientsAreThoseOfTheReference) {
  model_->parameters().zero_gradients();
  loss().backward();
  int compared = 0;
  for (const Parameter& p : model_->parameters().all()) {
    const std::string name = roberta_name(p.spec.name);
    if (name.empty()) continue;
    EXPECT_LT(largest_difference(p.value.grad(), "grad." + name), 6e-6) << p.spec.name;
    ++compared;
  }
  EXPECT_EQ(compared, 4 + 3 * 16 + 5);
}

}  // namespace
}  // namespace unimo::trainer
