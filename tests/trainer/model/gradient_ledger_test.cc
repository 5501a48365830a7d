// Which gradients are announced when, on a whole model.
#include "trainer/model/gradient_ledger.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/trainer/gradient_recorder.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {
namespace {

class GradientLedgerTest : public testing::Test {
 protected:
  at::Tensor loss_of(std::uint64_t stream) {
    const PackedBatch batch = random_pairs(stream, 3, model_.config());
    const at::Tensor hidden = model_.encode(batch, {});
    return model_.lm_loss_sum(gather_rows(hidden, batch.text_rows), batch.token_ids);
  }

  Unimo model_{tiny_test_model(), 3};
  ParameterStore& store_ = model_.parameters();
};

TEST_F(GradientLedgerTest, EveryGradientIsAnnouncedOnceAndFinal) {
  Recorder recorder(store_);
  const at::Tensor loss = loss_of(1);
  store_.ledger().observe(&recorder);
  loss.backward();
  store_.ledger().finish();
  recorder.check();
}

TEST_F(GradientLedgerTest, LayersComeFromTheLastToTheFirst) {
  Recorder recorder(store_);
  const at::Tensor loss = loss_of(1);
  store_.ledger().observe(&recorder);
  loss.backward();
  store_.ledger().finish();
  EXPECT_LT(recorder.place("mask_lm_trans_fc.w_0"), recorder.place("encoder_layer_1_ffn_fc_0.w_0"));
  EXPECT_LT(recorder.place("encoder_layer_1_post_ffn_layer_norm_bias"),
            recorder.place("encoder_layer_0_ffn_fc_0.w_0"));
  EXPECT_LT(recorder.place("encoder_layer_0_ffn_fc_0.w_0"), recorder.place("pos_embedding"));
}

TEST_F(GradientLedgerTest, TheTiedTableWaitsForTheEmbedding) {
  Recorder recorder(store_);
  const at::Tensor loss = loss_of(1);
  store_.ledger().observe(&recorder);
  loss.backward();
  EXPECT_LT(recorder.place("mask_lm_out_fc.b_0"), recorder.place("encoder_layer_0_ffn_fc_0.w_0"));
  EXPECT_LT(recorder.place("encoder_layer_0_ffn_fc_0.w_0"), recorder.place("word_embedding"));
  store_.ledger().finish();
}

TEST_F(GradientLedgerTest, WhatNoOperationUsesIsFinalAtOnce) {
  Recorder recorder(store_);
  const at::Tensor loss = loss_of(1);
  store_.ledger().observe(&recorder);
  EXPECT_LT(recorder.place("region_class_fc.w_0"), std::ssize(recorder.order));
  EXPECT_EQ(recorder.place("mask_lm_trans_fc.w_0"), std::ssize(recorder.order));
  loss.backward();
  store_.ledger().finish();
  recorder.check();
}

TEST_F(GradientLedgerTest, ALayerThatALossGoesThroughTwiceIsAnnouncedAfterTheSecondTime) {
  Recorder recorder(store_);
  const at::Tensor loss = loss_of(1).add(loss_of(2));
  store_.ledger().observe(&recorder);
  loss.backward();
  store_.ledger().finish();
  recorder.check();
}

TEST_F(GradientLedgerTest, OperationsThatNeverRunBackwardAreForgotten) {
  loss_of(2);
  Recorder recorder(store_);
  const at::Tensor loss = loss_of(1);
  store_.ledger().observe(&recorder);
  loss.backward();
  EXPECT_LT(recorder.place("word_embedding"), std::ssize(recorder.order));
  store_.ledger().finish();
  recorder.check();
}

TEST_F(GradientLedgerTest, ProductsOfTheLibraryAreWaitedFor) {
  Recorder recorder(store_);
  const PackedBatch batch = random_pairs(1, 3, model_.config());
  const at::Tensor hidden = model_.encode(batch, {});
  const at::Tensor text = model_.pooled_text(hidden.slice(0, 0, 3));
  const at::Tensor image = model_.pooled_image(hidden.slice(0, 3, 6));
  const at::Tensor loss = model_.match_matrix(text, image)
                              .square()
                              .sum()
                              .add(model_.match_score(text, image, {}).sum());
  store_.ledger().observe(&recorder);
  loss.backward();
  store_.ledger().finish();
  recorder.check();
}

TEST_F(GradientLedgerTest, ASecondPassIsAnnouncedLikeTheFirst) {
  loss_of(1).backward();  // a micro-batch that nobody watches
  for (int pass = 0; pass < 2; ++pass) {
    Recorder recorder(store_);
    const at::Tensor loss = loss_of(2);
    store_.ledger().observe(&recorder);
    loss.backward();
    store_.ledger().finish();
    recorder.check();
  }
}

// As adversarial training does: the gradient of a disturbance first, those of the weights later.
TEST_F(GradientLedgerTest, APassForOtherInputsAloneAnnouncesNoWeight) {
  const PackedBatch batch = random_pairs(1, 3, model_.config());
  const auto texts = static_cast<std::int64_t>(batch.text_rows.size());
  EncodeOptions options;
  options.text_delta = at::zeros({texts, model_.config().hidden}).requires_grad_();
  const at::Tensor hidden = model_.encode(batch, options);
  const at::Tensor loss = model_.lm_loss_sum(gather_rows(hidden, batch.text_rows), batch.token_ids);
  torch::autograd::grad({loss}, {options.text_delta}, {}, /*retain_graph=*/true);
  Recorder recorder(store_);
  store_.ledger().observe(&recorder);
  EXPECT_EQ(recorder.place("word_embedding"), std::ssize(recorder.order));
  EXPECT_EQ(recorder.place("encoder_layer_0_ffn_fc_0.w_0"), std::ssize(recorder.order));
  loss.backward();
  store_.ledger().finish();
  recorder.check();
}

TEST(GradientLedger, TablesOfConversationsWaitForTheEmbedding) {
  ModelConfig config = tiny_test_model();
  config.roles = 2;
  config.turns = 3;
  Unimo model(config, 3);
  PackedBatch batch = random_pairs(1, 3, config);
  for (std::size_t i = 0; i < batch.text_rows.size(); ++i) {
    batch.role_ids.push_back(static_cast<std::int32_t>(i % 3) - 1);
    batch.turn_ids.push_back(static_cast<std::int32_t>(i % 4) - 1);
  }
  Recorder recorder(model.parameters());
  const at::Tensor loss = model.encode(batch, {}).square().sum();
  model.parameters().ledger().observe(&recorder);
  EXPECT_EQ(recorder.place("role_embedding"), std::ssize(recorder.order));
  loss.backward();
  EXPECT_LT(recorder.place("role_embedding"), std::ssize(recorder.order));
  model.parameters().ledger().finish();
  recorder.check();
}

TEST_F(GradientLedgerTest, AGraphMayOutliveItsModel) {
  at::Tensor loss;
  {
    Unimo model(tiny_test_model(), 3);
    const PackedBatch batch = random_pairs(1, 3, model.config());
    loss = model.encode(batch, {}).sum();
  }
  EXPECT_TRUE(loss.requires_grad());
  loss = at::Tensor();
}

}  // namespace
}  // namespace unimo::trainer
