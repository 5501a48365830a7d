// What training does with values that are not finite, and with batches that do not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "orchestrator/base/file.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/loop/numerics_guard.h"
#include "trainer/loop/train_loop.h"

namespace unimo::trainer {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

// Multiplies the loss of some steps by a number that is none.
class Poisoned : public TinyObjective {
 public:
  explicit Poisoned(std::set<std::int64_t> steps) : TinyObjective(11), steps_(std::move(steps)) {}
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override {
    asked.insert(step);
    MicroBatch inner = UNIMO_TRY(TinyObjective::micro_batch(step, index));
    if (!steps_.contains(step) || index != 1) return inner;
    return MicroBatch([inner](Unimo& model) {
      MicroLoss loss = inner(model);
      loss.loss = loss.loss.mul(std::nan(""));
      return loss;
    });
  }
  mutable std::set<std::int64_t> asked;

 private:
  std::set<std::int64_t> steps_;
};

struct Outcome {
  Result<TrainSummary> summary;
  RecordingSink sink;
};

class Numerics : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make("numerics-");
    ASSERT_TRUE(made) << made.error().message;
    folder_ = std::make_unique<TempDir>(std::move(*made));
    config_.optimizer.lr = 3e-3;
    config_.checkpoint_every = 2;
    config_.log_every = 1;
    config_.numerics.bad_steps_limit = 3;
    config_.loader.ahead = 1;
  }
  Outcome run(const Objective& objective, std::int64_t steps, bool with_checkpoints = true) {
    Unimo model(tiny_test_model(), 7);
    Outcome outcome{.summary = TrainSummary{}, .sink = {}};
    TrainOptions options{.steps = steps, .threads = 2};
    if (with_checkpoints) options.checkpoints = folder_->path();
    outcome.summary = train(model, objective, config_, options, outcome.sink);
    return outcome;
  }
  TrainConfig config_;
  std::unique_ptr<TempDir> folder_;
};

TEST_F(Numerics, ABadStepIsSkippedAndCounted) {
  const Outcome outcome = run(Poisoned({2, 3}), 6);
  ASSERT_TRUE(outcome.summary) << outcome.summary.error().message;
  EXPECT_EQ(outcome.summary->skipped_steps, 2);
  EXPECT_TRUE(std::isfinite(outcome.summary->last_loss));
  EXPECT_THAT(outcome.sink.notes,
              Contains(AllOf(HasSubstr("step 2 is skipped"),
                             HasSubstr("the loss in micro-batch 1 (pairs 1 of step 2)"))));
}

TEST_F(Numerics, AfterTooManyBadStepsItGoesBackAndPassesOverTheirData) {
  const Poisoned objective({5, 6, 7});
  const Outcome outcome = run(objective, 9);
  ASSERT_TRUE(outcome.summary) << outcome.summary.error().message;
  EXPECT_THAT(outcome.sink.notes, Contains(HasSubstr("went back from step 7 to step 6")));
  // Six steps of data before the last checkpoint, two more bad ones, and three in their place.
  EXPECT_EQ(*objective.asked.rbegin(), 10);
  EXPECT_TRUE(std::isfinite(outcome.sink.losses.back()));
}

TEST_F(Numerics, ItFailsNamingTheStepWhenItHasGoneBackOftenEnough) {
  config_.numerics.rollbacks = 0;
  const Outcome outcome = run(Poisoned({2, 3, 4, 5}), 9);
  ASSERT_FALSE(outcome.summary);
  EXPECT_THAT(outcome.summary.error().message,
              AllOf(HasSubstr("step 4"), HasSubstr("pairs 1 of step 4")));
}

TEST_F(Numerics, WithoutACheckpointThereIsNoGoingBack) {
  const Outcome outcome = run(Poisoned({2, 3, 4}), 9, false);
  ASSERT_FALSE(outcome.summary);
  EXPECT_THAT(outcome.summary.error().message, HasSubstr("no checkpoint to go back to"));
}

TEST_F(Numerics, ABatchThatDoesNotFitIsRefusedBeforeItsStep) {
  config_.memory_gb = 1e-6;
  class Large : public TinyObjective {
   public:
    Large() : TinyObjective(11) {}
    Result<MicroBatch> micro_batch(std::int64_t, std::int64_t) const override {
      return MicroBatch([](Unimo&) -> MicroLoss { throw std::logic_error("computed"); }, 4096);
    }
  };
  const Outcome outcome = run(Large(), 2);
  ASSERT_FALSE(outcome.summary);
  EXPECT_THAT(outcome.summary.error().message,
              AllOf(HasSubstr("4096 rows"), HasSubstr("pairs 0 of step 0"),
                    HasSubstr("mixture.micro_batches")));
}

TEST(NumericsGuard, NamesTheFirstTensorThatIsNotFinite) {
  const std::vector<std::int64_t> indices = {0, 1};
  {
    Unimo model(tiny_test_model(), 7);
    EXPECT_EQ(find_not_finite(model, TinyObjective(11), 0, indices), "");
  }
  {
    Unimo model(tiny_test_model(), 7);
    const Parameter& p = model.parameters().at("encoder_layer_1_ffn_fc_0.b_0");
    model.parameters().values()[static_cast<std::size_t>(p.offset)] =
        std::numeric_limits<float>::infinity();
    model.parameters().changed();
    EXPECT_EQ(find_not_finite(model, TinyObjective(11), 0, indices),
              "the weight encoder_layer_1_ffn_fc_0.b_0");
  }
  {
    Unimo model(tiny_test_model(), 7);
    const Parameter& p = model.parameters().at("encoder_layer_0_post_ffn_layer_norm_scale");
    for (std::int64_t i = 0; i < p.count; ++i)
      model.parameters().values()[static_cast<std::size_t>(p.offset + i)] = 3e38F;
    model.parameters().changed();
    EXPECT_THAT(find_not_finite(model, TinyObjective(11), 0, indices),
                HasSubstr("the output of encoder_layer_0 in micro-batch 0"));
  }
}

}  // namespace
}  // namespace unimo::trainer
