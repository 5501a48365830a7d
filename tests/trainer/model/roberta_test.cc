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

class RobertaGradients : public GoldenRoberta {
 protected:
  void compare(double tolerance) {
    model_->parameters().zero_gradients();
    loss().backward();
    int compared = 0;
    for (const Parameter& p : model_->parameters().all()) {
      const std::string name = roberta_name(p.spec.name);
      if (name.empty()) continue;
      EXPECT_LT(largest_difference(p.value.grad(), "grad." + name), tolerance) << p.spec.name;
      ++compared;
    }
    EXPECT_EQ(compared, 4 + 3 * 16 + 5);
  }
};

TEST_F(RobertaGradients, AreThoseOfTheReference) { compare(6e-6); }

TEST_F(RobertaGradients, AreThoseOfTheReferenceWhenLayersRunTwice) {
  model_->set_recompute(true);
  compare(6e-6);
}

struct Narrow {
  Precision precision;
  double states, logits, loss, gradients;  // largest differences
};

// Weights rounded to bf16 alone move the reference's logits by 0.042 and its loss by 1.4e-4; here
// activations and gradients are rounded too, twelve times a layer: four times that is allowed. fp16
// has three bits more, so an eighth.
class RobertaNarrow : public RobertaGradients, public testing::WithParamInterface<Narrow> {};
INSTANTIATE_TEST_SUITE_P(Precisions, RobertaNarrow,
                         testing::Values(Narrow{Precision::kBf16, 0.12, 0.17, 1.5e-3, 1.6e-2},
                                         Narrow{Precision::kFp16, 0.015, 0.021, 2e-4, 2e-3}),
                         [](const auto& narrow) {
                           return std::string(precision_name(narrow.param.precision));
                         });

TEST_P(RobertaNarrow, IsNearTheReference) {
  ASSERT_NO_FATAL_FAILURE(load(GetParam().precision, {}));
  if (model_ == nullptr) return;
  const auto states = model_->encode_all_layers(batch_);
  for (std::size_t i = 1; i < states.size(); ++i) {
    EXPECT_LT(largest_difference(states[i].detach(), "hidden." + std::to_string(i)),
              GetParam().states);
  }
  EXPECT_LT(largest_difference(model_->lm_logits(states.back()).detach(), "logits"),
            GetParam().logits);
  EXPECT_NEAR(static_cast<double>(loss().item<float>()), 7.1196499082578075, GetParam().loss);
  compare(GetParam().gradients);
}

}  // namespace
}  // namespace unimo::trainer
