#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "orchestrator/base/file.h"
#include "tests/trainer/gradient_recorder.h"
#include "tests/trainer/tiny_training.h"
#include "tests/trainer/translator/slow_translator.h"
#include "trainer/loop/train_loop.h"
#include "trainer/translator/translate.h"
#include "trainer/translator/translation_objective.h"

namespace unimo::trainer {
namespace {

constexpr std::int32_t kStart = 69;

// The target is the source backwards.
std::vector<TranslationPair> reversed_texts(int count) {
  Random random({.seed = 8});
  std::vector<TranslationPair> pairs;
  for (int i = 0; i < count; ++i) {
    const auto source = random_text(random, 2 + random.below(4), 12);
    std::vector<std::int32_t> target(source.rbegin() + 1, source.rend());
    target.push_back(0);
    pairs.push_back({source, target});
  }
  return pairs;
}

TranslationObjectiveOptions options_of(std::int64_t batch_tokens) {
  return {.seed = 3,
          .batch_tokens = batch_tokens,
          .micro_batches = 2,
          .label_smoothing = 0.1,
          .start = kStart};
}

// The numbers in "translation of 5 pairs: 3, 1, …" are not all told, so rows are counted.
TEST(TranslationObjective, KeepsToTheTokensOfABatch) {
  const TranslationObjective objective(reversed_texts(300), options_of(60));
  for (std::int64_t step = 0; step < objective.steps_of(2); ++step) {
    for (std::int64_t i = 0; i < objective.micro_batch_count(step); ++i) {
      const auto batch = objective.micro_batch(step, i).value();
      EXPECT_LE(batch.rows(), 60);
      EXPECT_GT(batch.rows(), 0);
    }
  }
}

TEST(TranslationObjective, ShowsEveryPairOnceInAnEpoch) {
  const auto pairs = reversed_texts(40);
  std::int64_t rows = 0;
  for (const TranslationPair& pair : pairs)
    rows += static_cast<std::int64_t>(pair.source.size() + pair.target.size());
  TranslationObjectiveOptions options = options_of(30);
  options.micro_batches = 1;
  const TranslationObjective objective(pairs, options);
  std::int64_t found = 0;
  std::multiset<std::string> members;
  for (std::int64_t step = 0; step < objective.steps_of(1); ++step) {
    found += objective.micro_batch(step, 0).value().rows();
    const std::string text = objective.describe(step, 0);
    for (std::size_t at = text.find(": ") + 2; at < text.size();) {
      const std::size_t end = std::min(text.find(", ", at), text.size());
      members.insert(text.substr(at, end - at));
      at = end + 2;
    }
  }
  EXPECT_EQ(found, rows);
  EXPECT_EQ(members.size(), 40U);
  EXPECT_EQ(std::set<std::string>(members.begin(), members.end()).size(), 40U);
}

TEST(TranslationObjective, IsAFunctionOfTheStepInAnyOrder) {
  const TranslationObjective a(reversed_texts(100), options_of(50));
  const TranslationObjective b(reversed_texts(100), options_of(50));
  std::vector<std::string> forward, backward;
  for (std::int64_t step = 0; step < 60; ++step) forward.push_back(a.describe(step, 1));
  for (std::int64_t step = 59; step >= 0; --step) backward.push_back(b.describe(step, 1));
  std::reverse(backward.begin(), backward.end());
  EXPECT_EQ(forward, backward);
}

TrainConfig train_config() {
  TrainConfig config;
  config.optimizer.lr = 4e-3;
  config.optimizer.weight_decay = 0;
  config.precision = "fp32";
  config.schedule = {.kind = "cosine", .warmup = 0.1, .continuous = true};
  config.checkpoint_every = 5;
  config.log_every = 5;
  return config;
}

TranslatorConfig learner() {
  TranslatorConfig config = tiny_translator();
  config.dropout = 0.05;
  config.init_deviation = 0.1;
  return config;
}

TEST(TranslationTraining, LearnsToTurnShortTextsRound) {
  Translator model(learner(), 1);
  const TranslationObjective objective(reversed_texts(400), options_of(300));
  RecordingSink sink;
  const auto trained = train(model, objective, train_config(), {.steps = 300, .seed = 1}, sink);
  ASSERT_TRUE(trained) << trained.error().message;
  EXPECT_LT(sink.losses.back(), 0.5 * sink.losses.front());
  const auto pairs = reversed_texts(60);
  std::vector<std::vector<std::int32_t>> sources;
  for (const TranslationPair& pair : pairs) sources.push_back(pair.source);
  const std::vector<std::string> keys(sources.size());
  const auto found = translate_ids(model, {.start = kStart, .end = 0, .never = {kStart}}, sources,
                                   keys, {.search = {.max_length = 12}})
                         .value();
  int right = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    std::vector<std::int32_t> target = pairs[i].target;
    target.pop_back();
    right += found[i].front().tokens == target ? 1 : 0;
  }
  EXPECT_GE(right, 45);
}

TEST(TranslationTraining, AnnouncesGradientsThatAreFinal) {
  Translator model(learner(), 1);
  const TranslationObjective objective(reversed_texts(20), options_of(80));
  Recorder recorder(model.parameters());
  const MicroBatch batch = objective.micro_batch(0, 0).value();
  const MicroLoss loss = batch(model);
  model.parameters().ledger().observe(&recorder);
  loss.loss.backward();
  model.parameters().ledger().finish();
  recorder.check();
  EXPECT_GT(recorder.order.size(), 10U);
}

TEST(TranslationTraining, ResumesBitForBit) {
  const TranslationObjective objective(reversed_texts(100), options_of(80));
  std::vector<std::vector<float>> weights;
  for (const bool broken : {false, true}) {
    const TempDir folder = TempDir::make("resume-").value();
    RecordingSink sink;
    int asked = 0;
    TrainOptions options{.steps = 20, .seed = 1, .checkpoints = folder.path()};
    if (broken) {
      options.stop = [&asked] { return ++asked > 9; };
      Translator first(learner(), 1);
      ASSERT_FALSE(train(first, objective, train_config(), options, sink));
      options.stop = {};
    }
    Translator model(learner(), 1);
    const auto trained = train(model, objective, train_config(), options, sink);
    ASSERT_TRUE(trained) << trained.error().message;
    EXPECT_EQ(trained->first_step > 0, broken);
    const auto values = model.parameters().values();
    weights.emplace_back(values.begin(), values.end());
  }
  EXPECT_EQ(weights[0], weights[1]);
}

TEST(TranslationTraining, HeldOutLossIsThatOfAllItsTokens) {
  Translator model(learner(), 1);
  const auto pairs = reversed_texts(30);
  const SlowTranslator slow(model);
  double sum = 0, tokens = 0;
  for (const TranslationPair& pair : pairs) {
    std::vector<std::int32_t> input = {kStart};
    input.insert(input.end(), pair.target.begin(), pair.target.end() - 1);
    sum += slow.loss(pair.source, input, pair.target, 0);
    tokens += static_cast<double>(pair.target.size());
  }
  double found = 0, weight = 0;
  for (const MicroBatch& batch : held_out_batches(pairs, options_of(40))) {
    for (const NamedMean& mean : batch(model).means) {
      EXPECT_EQ(mean.name, "heldout.loss.translation");
      found += mean.sum;
      weight += mean.weight;
    }
  }
  EXPECT_EQ(weight, tokens);
  EXPECT_NEAR(found / weight, sum / tokens, 1e-4);
}

}  // namespace
}  // namespace unimo::trainer
