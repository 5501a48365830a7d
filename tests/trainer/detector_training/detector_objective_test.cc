#include "trainer/detector_training/detector_objective.h"

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/file.h"
#include "tests/trainer/detector_training/small_sample.h"
#include "tests/trainer/gradient_recorder.h"
#include "trainer/loop/train_loop.h"

namespace unimo::trainer {
namespace {

using ::testing::HasSubstr;

constexpr auto kC = DetectorKind::kCaffe, kD = DetectorKind::kDetectron2;

std::vector<TrainingPicture> pictures(std::size_t count) {
  std::vector<TrainingPicture> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back({.id = fmt::format("picture {}", i),
                   .width = 96,
                   .height = 80,
                   .objects = {{.box = {12, 20, 50, 60}, .label = 1, .attributes = {2}},
                               {.box = {60, 30, 90, 70}, .label = 0, .attributes = {}}}});
  }
  return all;
}

Result<DetectorPicture> pixels_of(std::size_t picture, bool /*mirrored*/) {
  return small_picture(picture);
}

class Silence : public MetricSink {
 public:
  void metric(std::string_view name, double value, std::int64_t step) override {
    if (name == "loss") losses[step] = value;
    if (name.starts_with("heldout.")) held_out.emplace(name);
  }
  void progress(std::int64_t, std::int64_t) override {}
  void note(std::string_view text) override { notes.emplace_back(text); }
  std::map<std::int64_t, double> losses;
  std::set<std::string> held_out;
  std::vector<std::string> notes;
};

TEST(ResizedObjects, AreInTheCornersOfTheirKind) {
  const auto all = pictures(1);
  const ResizePlan plan{.scale = 2, .width = 192, .height = 160};
  EXPECT_EQ(resized_objects(all[0], plan, kC, false)[0].box, (Box{24, 40, 99, 119}));
  EXPECT_EQ(resized_objects(all[0], plan, kD, false)[0].box, (Box{24, 40, 100, 120}));
}

TEST(ResizedObjects, AreMirroredWithThePicture) {
  const auto all = pictures(1);
  const ResizePlan plan{.scale = 1, .width = 96, .height = 80};
  EXPECT_EQ(resized_objects(all[0], plan, kD, true)[0].box, (Box{46, 20, 84, 60}));
  EXPECT_EQ(resized_objects(all[0], plan, kC, true)[0].box, (Box{46, 20, 83, 59}));
}

TEST(DetectorObjective, ShowsEveryPictureOnceAnEpoch) {
  const auto all = pictures(6);
  std::multiset<std::size_t> seen;
  const DetectorObjective objective(
      all,
      [&](std::size_t picture, bool mirrored) {
        seen.insert(picture);
        return pixels_of(picture, mirrored);
      },
      small_rules(kC), 4);
  EXPECT_EQ(objective.steps_of(1), 3);
  for (std::int64_t step = 0; step < 3; ++step) {
    for (std::int64_t i = 0; i < objective.micro_batch_count(step); ++i)
      ASSERT_TRUE(objective.micro_batch(step, i));
  }
  EXPECT_EQ(seen, (std::multiset<std::size_t>{0, 1, 2, 3, 4, 5}));
}

TEST(DetectorObjective, MirrorsAboutHalfAndAnewInEachEpoch) {
  const auto all = pictures(64);
  std::vector<std::set<std::size_t>> mirrored_in(2);
  std::size_t epoch = 0;
  const DetectorObjective objective(
      all,
      [&](std::size_t picture, bool mirrored) {
        if (mirrored) mirrored_in[epoch].insert(picture);
        return pixels_of(picture, mirrored);
      },
      small_rules(kC), 4);
  for (std::int64_t step = 0; step < 64; ++step) {
    epoch = step < 32 ? 0 : 1;
    for (std::int64_t i = 0; i < 2; ++i) ASSERT_TRUE(objective.micro_batch(step, i));
  }
  EXPECT_GT(mirrored_in[0].size(), 16U);
  EXPECT_LT(mirrored_in[0].size(), 48U);
  EXPECT_NE(mirrored_in[0], mirrored_in[1]);
}

TEST(DetectorObjective, NamesThePictureOfAMicroBatch) {
  const auto all = pictures(1);
  const DetectorObjective objective(all, pixels_of, small_rules(kC), 4);
  EXPECT_THAT(objective.describe(7, 1), HasSubstr("picture 0"));
}

TEST(DetectorObjective, PassesOnWhyAPictureCannotBeRead) {
  const auto all = pictures(1);
  const DetectorObjective objective(
      all,
      [](std::size_t, bool) -> Result<DetectorPicture> {
        return fail(ErrorCode::kInvalid, "picture 0 is truncated");
      },
      small_rules(kC), 4);
  const auto batch = objective.micro_batch(0, 0);
  ASSERT_FALSE(batch);
  EXPECT_THAT(batch.error().message, HasSubstr("truncated"));
}

TEST(DetectorObjective, AnnouncesGradientsThatAreFinal) {
  const auto all = pictures(1);
  const DetectorLossRules how = small_rules(kC);
  const DetectorObjective objective(all, pixels_of, how, 4);
  DetectorModel model(small_start(how), 0);
  Recorder recorder(model.parameters());
  const MicroBatch batch = objective.micro_batch(0, 0).value();
  const MicroLoss loss = batch(model);
  model.parameters().ledger().observe(&recorder);
  loss.loss.backward();
  model.parameters().ledger().finish();
  recorder.check();
  EXPECT_GT(recorder.order.size(), 10U);
}

TrainConfig small_config(const char* optimizer) {
  TrainConfig config;
  config.optimizer.kind = optimizer;
  config.optimizer.lr = 0.01;
  config.schedule.kind = "drop";
  config.checkpoint_every = 3;
  config.log_every = 1;
  return config;
}

// The weights after `steps`, stopped and begun again after each of `stops`.
std::vector<float> trained(const char* optimizer, std::int64_t steps,
                           const std::vector<int>& stops = {}) {
  const TempDir folder = TempDir::make("detector-training-").value();
  const auto all = pictures(5);
  const DetectorLossRules how = small_rules(kC);
  const DetectorObjective objective(all, pixels_of, how, 4);
  std::vector<float> weights;
  for (std::size_t attempt = 0; attempt <= stops.size(); ++attempt) {
    DetectorModel model(small_start(how), 0);
    int asked = 0;
    const TrainOptions options{
        .steps = steps,
        .seed = 4,
        .threads = 2,
        .checkpoints = folder.path(),
        .stop = [&] { return attempt < stops.size() && asked++ == stops[attempt]; },
        .held_out = {}};
    Silence silence;
    const auto summary = train(model, objective, small_config(optimizer), options, silence);
    EXPECT_EQ(static_cast<bool>(summary), attempt == stops.size());
    const auto values = std::as_const(model.parameters()).values();
    weights.assign(values.begin(), values.end());
  }
  return weights;
}

TEST(DetectorTraining, EndsWithTheSameBitsWhereverItWasStopped) {
  for (const char* optimizer : {"sgd", "adamw"}) {
    const std::vector<float> whole = trained(optimizer, 8);
    EXPECT_EQ(trained(optimizer, 8, {2, 3}), whole) << optimizer;
  }
}

TEST(DetectorTraining, LowersTheLossAndTellsHeldOutOnes) {
  const auto all = pictures(5);
  const DetectorLossRules how = small_rules(kC);
  const DetectorObjective objective(all, pixels_of, how, 4);
  DetectorModel model(small_start(how), 0);
  Silence seen;
  TrainOptions options{.steps = 40, .seed = 4};
  options.held_out = {.batches = objective.held_out(all, pixels_of, 3).value(), .every = 20};
  ASSERT_EQ(options.held_out.batches.size(), 3U);
  ASSERT_TRUE(train(model, objective, small_config("adamw"), options, seen));
  EXPECT_LT(seen.losses.at(40), 0.7 * seen.losses.at(1));
  EXPECT_THAT(seen.held_out, ::testing::Contains("heldout.loss.class"));
}

}  // namespace
}  // namespace unimo::trainer
