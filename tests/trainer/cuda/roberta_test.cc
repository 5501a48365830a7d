// The golden RoBERTa, computed elsewhere in float64, on a GPU in fp32.
#include "tests/trainer/golden_roberta.h"

#include "tests/trainer/cuda/gpu_test.h"

namespace unimo::trainer {
namespace {

class RobertaOnGpu : public GoldenRoberta {
 protected:
  void SetUp() override {
    REQUIRE_GPU();
    device_ = gpu();
    GoldenRoberta::SetUp();
  }
};

TEST_F(RobertaOnGpu, HiddenStatesAreThoseOfTheReference) {
  const auto states = model_->encode_all_layers(batch_);
  ASSERT_EQ(states.size(), 4U);
  for (std::size_t i = 0; i < states.size(); ++i) {
    EXPECT_LT(largest_difference(states[i].detach(), "hidden." + std::to_string(i)), 3e-5)
        << "state " << i;
  }
}

TEST_F(RobertaOnGpu, LogitsAreThoseOfTheReference) {
  EXPECT_LT(largest_difference(model_->lm_logits(model_->encode(batch_, {})).detach(), "logits"),
            3e-5);
}

TEST_F(RobertaOnGpu, LossIsThatOfTheReference) {
  EXPECT_NEAR(static_cast<double>(loss().item<float>()), 7.1196499082578075, 1e-5);
}

TEST_F(RobertaOnGpu, GradientsAreThoseOfTheReference) {
  model_->parameters().zero_gradients();
  loss().backward();
  int compared = 0;
  for (const Parameter& p : model_->parameters().all()) {
    const std::string name = roberta_name(p.spec.name);
    if (name.empty()) continue;
    EXPECT_LT(largest_difference(p.value.grad(), "grad." + name), 1e-5) << p.spec.name;
    ++compared;
  }
  EXPECT_EQ(compared, 4 + 3 * 16 + 5);
}

}  // namespace
}  // namespace unimo::trainer
