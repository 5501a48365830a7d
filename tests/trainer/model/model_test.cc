#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "tests/trainer/tiny_training.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;

std::vector<float> values_of(const at::Tensor& t) {
  const at::Tensor flat = t.detach().contiguous();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

// A loss that goes through every head.
at::Tensor whole_loss(Unimo& model, const PackedBatch& batch, const EncodeOptions& options) {
  const at::Tensor hidden = model.encode(batch, options);
  const at::Tensor text = gather_rows(hidden, batch.text_rows);
  const at::Tensor image = gather_rows(hidden, batch.image_rows);
  const at::Tensor p_text = model.pooled_text(text.slice(0, 0, 3));
  const at::Tensor p_image = model.pooled_image(image.slice(0, 0, 3));
  return model.lm_loss_sum(text, batch.token_ids, 0.1)
      .add(model.region_features(image).square().sum())
      .add(model.region_classes(image).logsumexp(-1).sum())
      .add(model.match_score(p_text, p_image, options).sum())
      .add(model.match_matrix(p_text, p_image).square().sum());
}

// Steps along the gradient of single weights and looks at the loss; weights are made large enough
// for that.
TEST(Unimo, GradientsOfAllParametersAreThoseOfFiniteDifferences) {
  ModelConfig config = tiny_test_model();
  config.init_deviation = 0.3;
  Unimo model(config, 3);
  const PackedBatch batch = random_pairs(1, 3, config);
  const EncodeOptions options{.training = true, .seed = 5, .step = 6};
  model.parameters().zero_gradients();
  whole_loss(model, batch, options).backward();
  for (const Parameter& p : model.parameters().all()) {
    const auto gradients = model.parameters().gradients().subspan(
        static_cast<std::size_t>(p.offset), static_cast<std::size_t>(p.count));
    // The directional derivative along the gradient is its norm.
    double norm = 0;
    for (const float g : gradients) norm += static_cast<double>(g) * static_cast<double>(g);
    norm = std::sqrt(norm);
    if (norm < 1e-3) continue;  // keys' biases
    const auto loss_at = [&](double distance) {
      float* values = model.parameters().values().data() + p.offset;
      const std::vector<float> before(values, values + p.count);
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        values[i] += static_cast<float>(distance * static_cast<double>(gradients[i]) / norm);
      }
      model.parameters().changed();
      const double loss = whole_loss(model, batch, options).item<double>();
      std::copy(before.begin(), before.end(), values);
      model.parameters().changed();
      return loss;
    };
    const double step = 4e-3 / std::max(1.0, norm / 100);
    const double seen = (loss_at(step) - loss_at(-step)) / (2 * step);
    EXPECT_NEAR(seen / norm, 1.0, 0.03) << p.spec.name << ", norm " << norm;
  }
}

std::vector<float> gradients_of(Unimo& model, const std::vector<PackedBatch>& batches) {
  model.parameters().zero_gradients();
  for (const PackedBatch& batch : batches) {
    const at::Tensor hidden = model.encode(batch, {});
    model.lm_loss_sum(gather_rows(hidden, batch.text_rows), batch.token_ids).backward();
  }
  const auto gradients = model.parameters().gradients();
  return {gradients.begin(), gradients.end()};
}

// a . b / (|a| |b|)
double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return ab / std::sqrt(aa * bb);
}

class EveryPrecision : public testing::TestWithParam<Precision> {};
INSTANTIATE_TEST_SUITE_P(Precisions, EveryPrecision,
                         testing::Values(Precision::kFp32, Precision::kBf16, Precision::kFp16));

TEST_P(EveryPrecision, GivesTheSameBitsWithAnyNumberOfThreads) {
  Unimo model(tiny_test_model(), 3, GetParam());
  const PackedBatch batch = random_pairs(1, 50, model.config());
  at::set_num_threads(1);
  const auto one = gradients_of(model, {batch});
  at::set_num_threads(2);
  EXPECT_EQ(one, gradients_of(model, {batch}));
}

// Enough rows for several chunks of a weight gradient, the last one not whole.
TEST(Unimo, GradientsOfALargeBatchAreThoseOfItsParts) {
  Unimo model(tiny_test_model(), 3);
  PackedBatch whole = random_pairs(0, 1, model.config());
  std::vector<PackedBatch> parts = {whole};
  for (std::uint64_t i = 1; i < 65; ++i) {
    parts.push_back(random_pairs(i, 1, model.config()));
    append(whole, parts.back());
  }
  ASSERT_GT(whole.rows, 600);
  const auto together = gradients_of(model, {whole});
  const auto apart = gradients_of(model, parts);
  for (std::size_t i = 0; i < apart.size(); ++i) ASSERT_NEAR(together[i], apart[i], 2e-3) << i;
  EXPECT_GT(cosine(together, apart), 1 - 1e-9);
}

TEST_P(EveryPrecision, LayersThatRunTwiceGiveTheSameBits) {
  Unimo model(tiny_test_model(), 3, GetParam());
  const PackedBatch batch = random_pairs(1, 20, model.config());
  const EncodeOptions options{.training = true, .seed = 5, .step = 6};
  const auto gradients = [&](bool recompute) {
    model.set_recompute(recompute);
    model.parameters().zero_gradients();
    whole_loss(model, batch, options).backward();
    const auto all = model.parameters().gradients();
    return std::vector<float>(all.begin(), all.end());
  };
  EXPECT_EQ(gradients(true), gradients(false));
}

TEST(Unimo, LayersThatRunTwiceKeepNothing) {
  Unimo model(tiny_test_model(), 3);
  const PackedBatch batch = random_pairs(1, 20, model.config());
  at::Tensor kept = model.encode(batch, {});
  // Queries, keys, values, attention, two norms and the inner part, of each layer.
  EXPECT_GT(model.activation_bytes(), 2 * batch.rows * (6 * 32 + 64) * 4);
  kept = at::Tensor();
  EXPECT_EQ(model.activation_bytes(), 0);
  model.set_recompute(true);
  kept = model.encode(batch, {});
  EXPECT_EQ(model.activation_bytes(), 0);
}

TEST(Unimo, NothingToPredictIsALossOfZero) {
  Unimo model(tiny_test_model(), 3);
  model.parameters().zero_gradients();
  const at::Tensor hidden = model.encode(random_pairs(1, 2, model.config()), {});
  const at::Tensor none = gather_rows(hidden, {});
  const at::Tensor loss = model.lm_loss_sum(none, {}).add(model.region_classes(none).sum());
  EXPECT_EQ(loss.item<float>(), 0.0F);
  loss.backward();
  for (const float g : model.parameters().gradients()) ASSERT_EQ(g, 0.0F);
}

TEST(Unimo, EncodesTextAloneAsWellAsImagesAlone) {
  Unimo model(tiny_test_model(), 3);
  const PackedBatch text{.rows = 2,
                         .text_rows = {0, 1},
                         .token_ids = {0, 2},
                         .position_ids = {2, 3},
                         .spans = {{0, 2}}};
  const PackedBatch image{.rows = 1,
                          .image_rows = {0},
                          .features = std::vector<float>(12, 0.5F),
                          .boxes = {0, 0, 1, 1, 1},
                          .spans = {{0, 1}}};
  for (const PackedBatch& batch : {text, image}) {
    model.parameters().zero_gradients();
    const at::Tensor hidden = model.encode(batch, {.training = true});
    hidden.square().sum().backward();
    EXPECT_TRUE(std::isfinite(hidden.sum().item<float>()));
  }
}

TEST(Unimo, Bf16GradientsPointWhereTheFp32OnesDo) {
  Unimo wide(tiny_test_model(), 3, Precision::kFp32);
  Unimo narrow(tiny_test_model(), 3, Precision::kBf16);
  const PackedBatch batch = random_pairs(1, 40, wide.config());
  EXPECT_GT(cosine(gradients_of(wide, {batch}), gradients_of(narrow, {batch})), 0.999);
}

TEST(Unimo, LossSumIsThatOfTheLogits) {
  Unimo model(tiny_test_model(), 3);
  const PackedBatch batch = random_pairs(1, 4, model.config());
  const at::Tensor rows = gather_rows(model.encode(batch, {}), batch.text_rows);
  const double fused = model.lm_loss_sum(rows, batch.token_ids, 0.1).item<double>();
  const at::Tensor log_shares = model.lm_logits(rows).log_softmax(-1);
  double wanted = 0;
  for (std::size_t i = 0; i < batch.token_ids.size(); ++i) {
    const at::Tensor row = log_shares.select(0, static_cast<std::int64_t>(i));
    wanted -= 0.9 * row.select(0, batch.token_ids[i]).item<double>() +
              0.1 / 50 * row.sum().item<double>();
  }
  EXPECT_NEAR(fused, wanted, 1e-3);
}

TEST(Unimo, GradientOfAPerturbationLeavesTheWeightsAlone) {
  Unimo model(tiny_test_model(), 3);
  const PackedBatch batch = random_pairs(1, 3, model.config());
  model.parameters().zero_gradients();
  EncodeOptions options;
  options.text_delta =
      at::randn({static_cast<std::int64_t>(batch.text_rows.size()), 32}).mul(0.01).requires_grad_();
  options.feature_delta = at::randn({static_cast<std::int64_t>(batch.image_rows.size()), 12})
                              .mul(0.01)
                              .requires_grad_();
  const at::Tensor loss = model.encode(batch, options).square().sum();
  loss.backward({}, std::nullopt, false,
                std::vector<at::Tensor>{options.text_delta, options.feature_delta});
  EXPECT_GT(options.text_delta.grad().abs().sum().item<double>(), 0);
  EXPECT_GT(options.feature_delta.grad().abs().sum().item<double>(), 0);
  for (const float g : model.parameters().gradients()) ASSERT_EQ(g, 0.0F);
}

TEST(Unimo, DropoutDependsOnStepAndPassAlone) {
  Unimo model(tiny_test_model(), 3);
  const PackedBatch batch = random_pairs(1, 3, model.config());
  const auto encoded = [&](std::uint64_t step, std::uint32_t pass) {
    return values_of(
        model.encode(batch, {.training = true, .seed = 1, .step = step, .pass = pass}));
  };
  EXPECT_EQ(encoded(4, 0), encoded(4, 0));
  EXPECT_NE(encoded(4, 0), encoded(5, 0));
  EXPECT_NE(encoded(4, 0), encoded(4, 1));
}

TEST(Unimo, HalvesAreNearFp32) {
  Unimo wide(tiny_test_model(), 3, Precision::kFp32);
  Unimo narrow(tiny_test_model(), 3, Precision::kFp16);
  const PackedBatch batch = random_pairs(1, 8, wide.config());
  const auto a = values_of(wide.encode(batch, {}));
  const auto b = values_of(narrow.encode(batch, {}));
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 0.008) << i;
}

TEST(Unimo, Bf16IsNearFp32) {
  Unimo wide(tiny_test_model(), 3, Precision::kFp32);
  Unimo narrow(tiny_test_model(), 3, Precision::kBf16);
  const PackedBatch batch = random_pairs(1, 8, wide.config());
  const auto a = values_of(wide.encode(batch, {}));
  const auto b = values_of(narrow.encode(batch, {}));
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 0.06) << i;
}

TEST(Unimo, NeighboursInABatchDoNotMatter) {
  Unimo model(tiny_test_model(), 3);
  const auto many = values_of(model.encode(random_pairs(1, 6, model.config()), {}));
  const auto one = values_of(model.encode(random_pairs(1, 1, model.config()), {}));
  EXPECT_TRUE(std::equal(one.begin(), one.end(), many.begin()));
}

TEST(Unimo, MatchMatrixHoldsTheScoresOfAllPairs) {
  Unimo model(tiny_test_model(), 3);
  const at::Tensor text = at::randn({3, 32});
  const at::Tensor image = at::randn({2, 32});
  const at::Tensor matrix = model.match_matrix(text, image);
  for (int i = 0; i < 3; ++i) {
    const auto row = model.match_score(text.slice(0, i, i + 1), image.slice(0, 1, 2), {});
    EXPECT_NEAR(matrix.select(0, i).select(0, 1).item<double>(), row.item<double>(), 1e-5);
  }
}

TEST(Unimo, WeightsStartFromTheCutNormal) {
  Unimo model(tiny_model(), 3);
  double sum = 0;
  const auto words = values_of(model.weight("word_embedding"));
  for (const float w : words) {
    ASSERT_LE(std::abs(w), 0.04001F);
    sum += static_cast<double>(w) * static_cast<double>(w);
  }
  // A standard normal cut at two deviations has the deviation 0.8796.
  EXPECT_NEAR(std::sqrt(sum / static_cast<double>(words.size())), 0.02 * 0.8796, 1e-4);
}

TEST(Unimo, SameSeedGivesTheSameStart) {
  const auto start = [](std::uint64_t seed) {
    return values_of(Unimo(tiny_test_model(), seed).weight("pos_embedding"));
  };
  EXPECT_EQ(start(4), start(4));
  EXPECT_NE(start(4), start(5));
}

std::string encoding_mistake(const PackedBatch& batch) {
  Unimo model(tiny_test_model(), 3);
  try {
    model.encode(batch, {});
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Unimo, BatchesThatDoNotFitAreRefused) {
  const PackedBatch good = random_pairs(1, 2, tiny_test_model());
  EXPECT_EQ(encoding_mistake(good), "");
  PackedBatch bad = good;
  bad.token_ids[1] = 50;
  EXPECT_THAT(encoding_mistake(bad), HasSubstr("token id 1 is 50: it must be below 50"));
  bad = good;
  bad.position_ids[0] = -1;
  EXPECT_THAT(encoding_mistake(bad), HasSubstr("position 0 is -1"));
  bad = good;
  bad.features.pop_back();
  EXPECT_THAT(encoding_mistake(bad), HasSubstr("feature"));
  bad = good;
  bad.text_rows[0] = bad.image_rows[0];
  EXPECT_THAT(encoding_mistake(bad), HasSubstr("filled twice"));
  bad = good;
  bad.spans.pop_back();
  EXPECT_THAT(encoding_mistake(bad), HasSubstr("the spans cover"));
}

TEST(Unimo, SizesThatDoNotFitAreRefused) {
  ModelConfig config = tiny_test_model();
  config.heads = 3;
  EXPECT_THROW(Unimo(config, 1), std::invalid_argument);
}

}  // namespace
}  // namespace unimo::trainer
