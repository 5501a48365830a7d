#include "trainer/loop/train_loop.h"

#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/loop/checkpoint.h"
#include "trainer/optim/adamw.h"

namespace unimo::trainer {
namespace {

TrainConfig quick_config() {
  TrainConfig config;
  config.optimizer.lr = 3e-3;
  config.checkpoint_every = 4;
  config.log_every = 3;
  return config;
}

struct Outcome {
  Result<TrainSummary> summary;
  std::vector<float> weights;
  RecordingSink sink;
};

Outcome run_training(const TrainConfig& config, const TrainOptions& options,
                     Precision precision = Precision::kFp32) {
  Unimo model(tiny_test_model(), 7, precision);
  Outcome outcome{.summary = TrainSummary{}, .weights = {}, .sink = {}};
  outcome.summary = train(model, TinyObjective(11), config, options, outcome.sink);
  outcome.weights.assign(model.parameters().values().begin(), model.parameters().values().end());
  return outcome;
}

class TrainLoop : public testing::TestWithParam<Precision> {
 protected:
  void SetUp() override {
    auto made = TempDir::make("train-loop-");
    ASSERT_TRUE(made) << made.error().message;
    folder_ = std::make_unique<TempDir>(std::move(*made));
  }
  TrainOptions options(std::int64_t steps) const {
    return {.steps = steps, .seed = 11, .threads = 2, .checkpoints = folder_->path(), .stop = {}};
  }
  std::unique_ptr<TempDir> folder_;
};

TEST_P(TrainLoop, ResumedAtAnyStepEndsWithTheSameBits) {
  const Outcome whole = run_training(
      quick_config(), {.steps = 11, .seed = 11, .threads = 2, .checkpoints = {}, .stop = {}},
      GetParam());
  ASSERT_TRUE(whole.summary) << whole.summary.error().message;
  TrainOptions broken = options(11);
  int asked = 0;
  broken.stop = [&asked] { return asked++ == 7; };
  const Outcome first = run_training(quick_config(), broken, GetParam());
  ASSERT_FALSE(first.summary);
  EXPECT_EQ(first.summary.error().code, ErrorCode::kCancelled);
  const Outcome second = run_training(quick_config(), options(11), GetParam());
  ASSERT_TRUE(second.summary) << second.summary.error().message;
  EXPECT_EQ(second.summary->first_step, 7);
  EXPECT_EQ(second.weights, whole.weights);
  std::vector<std::string> lines = first.sink.lines;
  lines.insert(lines.end(), second.sink.lines.begin(), second.sink.lines.end());
  EXPECT_EQ(lines, whole.sink.lines);
}

TEST_P(TrainLoop, ASavedStateOfTheWrongKindIsAnErrorWithItsPlace) {
  for (const char* extra :
       {"[]", R"({"window": 3})", R"({"rollbacks": "two"})", R"({"loss_scaler": {"scale": 3}})"}) {
    Unimo model(tiny_test_model(), 7, GetParam());
    AdamW optimizer(model.parameters(), {});
    CheckpointWriter writer({.folder = folder_->path()}, model.parameters(), optimizer);
    ASSERT_TRUE(writer.start({.step = 2, .extra = Json::parse(extra)}));
    ASSERT_TRUE(writer.finish());
    const Outcome outcome = run_training(quick_config(), options(4), GetParam());
    ASSERT_FALSE(outcome.summary) << extra;
    EXPECT_EQ(outcome.summary.error().code, ErrorCode::kInvalid) << extra;
    EXPECT_NE(outcome.summary.error().message.find(folder_->path()), std::string::npos) << extra;
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, TrainLoop,
                         testing::Values(Precision::kFp32, Precision::kBf16));

TEST(TrainLoopNumerics, OneThreadGivesTheSameBitsAsTwo) {
  const Outcome one = run_training(
      quick_config(), {.steps = 3, .seed = 11, .threads = 1, .checkpoints = {}, .stop = {}});
  const Outcome two = run_training(
      quick_config(), {.steps = 3, .seed = 11, .threads = 2, .checkpoints = {}, .stop = {}});
  EXPECT_EQ(one.weights, two.weights);
}

TEST(TrainLoopNumerics, FirstTenLossesStayAsTheyWere) {
  TrainConfig config = quick_config();
  config.log_every = 1;
  const Outcome outcome =
      run_training(config, {.steps = 10, .seed = 11, .threads = 2, .checkpoints = {}, .stop = {}});
  const std::vector<double> wanted = {3.915331, 3.839556, 3.808738, 3.723569, 3.678450,
                                      3.709000, 3.577634, 3.597827, 3.547326, 3.522181};
  ASSERT_EQ(outcome.sink.losses.size(), 10U);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(outcome.sink.losses[i], wanted[i], 2e-4) << "step " << i;
}

TEST(TrainLoopNumerics, LearnsToRepeatItsInput) {
  TrainConfig config = quick_config();
  config.log_every = 20;
  const Outcome outcome =
      run_training(config, {.steps = 160, .seed = 11, .threads = 2, .checkpoints = {}, .stop = {}});
  ASSERT_TRUE(outcome.summary) << outcome.summary.error().message;
  EXPECT_GT(outcome.sink.losses.front(), 3.5);
  EXPECT_LT(outcome.sink.losses.back(), 1.0);
}

}  // namespace
}  // namespace unimo::trainer
