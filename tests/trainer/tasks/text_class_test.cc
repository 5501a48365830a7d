#include "trainer/tasks/text_class.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/trainer/gradient_recorder.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/data/random.h"
#include "trainer/loop/train_loop.h"
#include "trainer/model/gather.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Texts of tokens from 10 on; the label says whether 7 is among them, the score how often.
std::vector<TextExample> texts(int count) {
  Random random({.seed = 5});
  std::vector<TextExample> all;
  for (int i = 0; i < count; ++i) {
    TextExample text{.id = fmt::format("train.tsv:{}", i), .ids = {kClsId}};
    const auto length = 3 + random.below(8);
    const bool has = random.below(2) == 1;
    const auto at = random.below(length);
    for (std::uint64_t t = 0; t < length; ++t)
      text.ids.push_back(has && t == at ? 7 : static_cast<TokenId>(10 + random.below(30)));
    text.ids.push_back(kSepId);
    text.label = has ? 1 : 0;
    text.score = has ? 4.5F : 1.0F;
    all.push_back(std::move(text));
  }
  return all;
}

constexpr TextClassHead kTwo{.outputs = 2}, kNumber{.outputs = 1};

TEST(JoinedParts, HaveOneSeparatorBetweenThem) {
  EXPECT_THAT(joined_parts({5, 6}, {}, 10), ElementsAre(kClsId, 5, 6, kSepId));
  EXPECT_THAT(joined_parts({5, 6}, {8}, 10), ElementsAre(kClsId, 5, 6, kSepId, 8, kSepId));
}

TEST(JoinedParts, LoseTheEndOfTheLongerOneFirst) {
  EXPECT_THAT(joined_parts({5, 6, 7, 8}, {9, 10}, 7),
              ElementsAre(kClsId, 5, 6, kSepId, 9, 10, kSepId));
  EXPECT_THAT(joined_parts({5}, {9, 10, 11}, 5), ElementsAre(kClsId, 5, kSepId, 9, kSepId));
  EXPECT_THAT(joined_parts({5, 6, 7}, {}, 4), ElementsAre(kClsId, 5, 6, kSepId));
}

// From the hidden states of each text alone, in double precision.
std::vector<double> slow_outputs(Unimo& model, const TextExample& text, int outputs) {
  PackedBatch batch;
  for (std::size_t i = 0; i < text.ids.size(); ++i) {
    batch.text_rows.push_back(batch.rows++);
    batch.token_ids.push_back(text.ids[i]);
    batch.position_ids.push_back(static_cast<std::int32_t>(i) + 2);
  }
  batch.spans = {{.begin = 0, .end = batch.rows}};
  const at::Tensor hidden = model.encode(batch, {});
  const auto values = [](const at::Tensor& t) {
    const at::Tensor whole = t.contiguous();
    return std::vector<float>(whole.const_data_ptr<float>(),
                              whole.const_data_ptr<float>() + whole.numel());
  };
  const auto states = values(hidden);
  const auto map = [&](const std::vector<double>& x, const std::string& name, std::size_t width) {
    const auto weight = values(model.weight(name + ".w_0")),
               bias = values(model.weight(name + ".b_0"));
    std::vector<double> y(width);
    for (std::size_t o = 0; o < width; ++o) {
      y[o] = static_cast<double>(bias[o]);
      for (std::size_t i = 0; i < x.size(); ++i)
        y[o] += static_cast<double>(weight[o * x.size() + i]) * x[i];
    }
    return y;
  };
  const auto hidden_size = static_cast<std::size_t>(model.config().hidden);
  std::vector<double> pooled(states.begin(),
                             states.begin() + static_cast<std::ptrdiff_t>(hidden_size));
  pooled = map(pooled, "pooled_fc_text", static_cast<std::size_t>(model.config().pooled));
  for (double& value : pooled) value = std::max(value, 0.0);
  return map(pooled, fmt::format("cls_out_{}", outputs), static_cast<std::size_t>(outputs));
}

Unimo model_with(const TextClassHead& head) {
  ModelConfig config = tiny_test_model();
  config.dropout = config.attention_dropout = 0;
  config.init_deviation = 0.3;
  return Unimo(config, 3, Precision::kFp32, head_parameters(head, config.pooled));
}

TEST(TextClassTask, HasTheLossOfTheSlowModel) {
  const auto all = texts(6);
  for (const TextClassHead& head : {kTwo, kNumber}) {
    Unimo model = model_with(head);
    const TextClassTask task(all, head, {.batch = 6, .dropout = 0}, 1);
    const MicroBatch batch = task.micro_batch(0, 0).value();
    const MicroLoss loss = batch(model);
    double expected = 0, right = 0;
    for (const TextExample& text : all) {
      const auto outputs = slow_outputs(model, text, head.outputs);
      if (head.is_regression()) {
        const double error = outputs[0] - static_cast<double>(text.score);
        expected += error * error / 6;
      } else {
        const double sum = std::log(std::exp(outputs[0]) + std::exp(outputs[1]));
        expected += (sum - outputs[static_cast<std::size_t>(text.label)]) / 6;
        right += (outputs[1] > outputs[0]) == (text.label == 1) ? 1 : 0;
      }
    }
    EXPECT_NEAR(loss.loss.item<double>(), expected, 1e-5 * std::max(1.0, expected));
    if (!head.is_regression()) {
      EXPECT_EQ(loss.means[1].name, "accuracy.class");
      EXPECT_EQ(loss.means[1].sum, right);
    }
  }
}

TEST(TextClassTask, AnnouncesGradientsThatAreFinal) {
  const auto all = texts(4);
  Unimo model = model_with(kTwo);
  const TextClassTask task(all, kTwo, {.batch = 4}, 1);
  Recorder recorder(model.parameters());
  const MicroBatch batch = task.micro_batch(0, 0).value();
  const MicroLoss loss = batch(model);
  model.parameters().ledger().observe(&recorder);
  loss.loss.backward();
  model.parameters().ledger().finish();
  recorder.check();
}

TEST(TextClassTask, ShowsEveryExampleOnceAnEpochAndNamesThem) {
  const auto all = texts(8);
  const TextClassTask task(all, kTwo, {.batch = 2, .micro_batches = 2}, 1);
  EXPECT_EQ(task.steps_of(1), 2);
  std::string seen;
  for (std::int64_t step = 0; step < 2; ++step)
    for (std::int64_t i = 0; i < 2; ++i) seen += task.describe(step, i);
  for (const TextExample& text : all) EXPECT_THAT(seen, HasSubstr(text.id));
}

TEST(TextClassTask, LearnsClassesAndNumbers) {
  const auto all = texts(200);
  for (const TextClassHead& head : {kTwo, kNumber}) {
    ModelConfig config = tiny_test_model();
    config.init_deviation = 0.1;
    Unimo model(config, 3, Precision::kFp32, head_parameters(head, config.pooled));
    const TextClassTask task(all, head, {.batch = 16}, 1);
    TrainConfig training;
    training.optimizer.lr = 3e-3;
    RecordingSink sink;
    ASSERT_TRUE(train(model, task, training, {.steps = 250, .seed = 1}, sink));
    const auto scores = text_class_scores(model, all, head, {}).value();
    int right = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool found =
          head.is_regression() ? scores[i] > 2.75F : scores[2 * i + 1] > scores[2 * i];
      right += found == (all[i].label == 1) ? 1 : 0;
    }
    EXPECT_GE(right, 190) << head.outputs;
  }
}

TEST(TextClassScores, AreTheSameBitsInBatchesOfAnySize) {
  const auto all = texts(30);
  Unimo model = model_with(kTwo);
  const auto whole = text_class_scores(model, all, kTwo, {}).value();
  EXPECT_EQ(whole.size(), 60U);
  for (const int rows : {1, 20, 77}) {
    EXPECT_EQ(text_class_scores(model, all, kTwo, {.batch_rows = rows}).value(), whole) << rows;
  }
  EXPECT_EQ(text_class_scores(model, all, kTwo, {.stop = [] { return true; }}).error().code,
            ErrorCode::kCancelled);
}

}  // namespace
}  // namespace unimo::trainer
