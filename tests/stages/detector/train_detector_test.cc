#include "stages/detector/train_detector.h"

#include <gmock/gmock.h>

#include "stages/regions/detector_document.h"
#include "tests/stages/detector/annotated_scenes.h"
#include "trainer/detector/detector_values.h"
#include "trainer/weights/weight_source.h"

namespace unimo::stages {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of(StageBench& bench, const DetectorParams& params) {
  const Status status = bench.run(run_detector, params);
  return status ? "" : status.error().message;
}

TEST(TrainDetector, WritesWhatDetectionTakes) {
  StageBench bench;
  write_scenes(bench, 8, 2);
  bench.input("records", "records");
  auto params = small_detector_params(4);
  params.evaluate.every = 2;
  ASSERT_EQ(error_of(bench, params), "");
  const auto source = trainer::open_weights(bench.output());
  ASSERT_TRUE(source) << source.error().message;
  const auto values = trainer::read_detector(source->file);
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(values->sizes.classes, 2);
  EXPECT_EQ(values->sizes.attributes, 2);
  EXPECT_EQ(values->sizes.anchors, 2);
  EXPECT_EQ(read_lines(bench.output() / "objects_vocab.txt")->size(), 2U);
  EXPECT_EQ(read_lines(bench.output() / "attributes_vocab.txt")->size(), 2U);
  const auto document = read_detector_document(bench.output());
  ASSERT_TRUE(document && *document);
  EXPECT_EQ((*document)->rules.short_side, 64);
  EXPECT_EQ(bench.count("training.images"), 8);
  EXPECT_EQ(bench.count("training.boxes"), 8);
  EXPECT_THAT(read_file(bench.path("events.jsonl")).value(),
              AllOf(HasSubstr("heldout.loss.class"), HasSubstr("loss.proposal_box")));
}

TEST(TrainDetector, StoppedAndStartedAgainEndsWithTheSameBits) {
  StageBench bench;
  write_scenes(bench, 8, 0);
  bench.input("records", "records");
  ASSERT_EQ(error_of(bench, small_detector_params(8)), "");
  const std::string whole = bench.digest();
  // As if it had been killed behind its first checkpoint.
  std::filesystem::remove_all(bench.path("resume/step-00000008"));
  ASSERT_TRUE(std::filesystem::exists(bench.path("resume/step-00000004")));
  ASSERT_EQ(error_of(bench, small_detector_params(8)), "");
  EXPECT_EQ(bench.digest(), whole);
}

TEST(TrainDetector, GoesOnFromWeightsWithWhatTheyHave) {
  StageBench bench;
  write_scenes(bench, 8, 0);
  bench.input("records", "records");
  ASSERT_EQ(error_of(bench, small_detector_params(2)), "");
  std::filesystem::copy(bench.output(), bench.path("start"));
  std::filesystem::remove_all(bench.path("resume"));
  bench.input("init", "start");
  auto params = small_detector_params(1);
  params.train.optimizer = {.kind = "sgd", .lr = 1e-9, .weight_decay = 0, .clip_norm = 0};
  ASSERT_EQ(error_of(bench, params), "");
  EXPECT_GT(bench.count("init.tensors"), 50);
  const auto read = [](const std::filesystem::path& folder) {
    return trainer::read_detector(trainer::open_weights(folder).value().file).value();
  };
  const auto before = read(bench.path("start")), after = read(bench.output());
  for (const auto& [name, numbers] : before.tensors) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      ASSERT_NEAR(after.tensors.at(name)[i], numbers[i], 1e-5F) << name;
  }
}

TEST(TrainDetector, TakesTheNamesOfAVocabulary) {
  StageBench bench;
  write_scenes(bench, 8, 0);
  bench.input("records", "records");
  bench.write("names/objects_vocab.txt", "disc,circle\nhouse\n");
  bench.input("vocabulary", "names");
  ASSERT_EQ(error_of(bench, small_detector_params(1)), "");
  EXPECT_EQ(bench.count("detector.classes"), 2);
  EXPECT_EQ(bench.count("detector.attributes"), 0);
  EXPECT_GT(bench.count("training.unknown_labels"), 0);
  EXPECT_FALSE(std::filesystem::exists(bench.output() / "attributes_vocab.txt"));
}

TEST(TrainDetector, RefusesRecordsWithoutBoxes) {
  StageBench bench;
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  ASSERT_TRUE(writer.add_image({.id = "a", .width = 64, .height = 64, .split = "train"},
                               drawn_scene(0).bytes, "png"));
  ASSERT_TRUE(writer.finish(Quarantine{}));
  bench.input("records", "records");
  EXPECT_THAT(error_of(bench, small_detector_params(1)),
              AllOf(HasSubstr("no picture of the splits train has a box"), HasSubstr("1 of them")));
}

TEST(TrainDetector, SaysWhichSettingsItCannotHave) {
  StageBench bench;
  write_scenes(bench, 2, 0);
  bench.input("records", "records");
  auto params = small_detector_params(1);
  params.train.precision = "bf16";
  EXPECT_THAT(error_of(bench, params), HasSubstr("train.precision bf16"));
  params = small_detector_params(1);
  params.train.device.kind = "cuda";
  EXPECT_THAT(error_of(bench, params), HasSubstr("train.device.kind cuda"));
  params = small_detector_params(1);
  params.training.shape.blocks = {1, 2};
  EXPECT_THAT(error_of(bench, params), HasSubstr("blocks has 2 numbers"));
}

}  // namespace
}  // namespace unimo::stages
