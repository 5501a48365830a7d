#include "stages/score/detection_files.h"

#include <gmock/gmock.h>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/score.h"
#include "stages/score/score.h"
#include "stages/score/score_detection.h"
#include "tests/stages/score/written.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kInstances = R"({
  "annotations": [
    {"id": 1, "image_id": 7, "category_id": 18, "bbox": [10, 10, 40, 40], "area": 900, "iscrowd": 0},
    {"id": 2, "image_id": 9, "category_id": 3, "bbox": [0, 0, 20, 30], "area": 600, "iscrowd": 1}],
  "images": [{"id": 7, "width": 100, "height": 80}, {"id": 9, "width": 60, "height": 60}],
  "categories": [{"id": 3, "name": "car"}, {"id": 18, "name": "dog"}]})";

class DetectionFilesTest : public Written {
 protected:
  std::string error_of(std::string_view instances, std::string_view results) const {
    const auto files =
        read_coco_detection(write("instances.json", instances), write("results.json", results));
    return files ? "" : files.error().message;
  }
};

TEST_F(DetectionFilesTest, ReadsCocosFilesWhateverTheirOrder) {
  const auto files = read_coco_detection(
      write("instances.json", kInstances),
      write("results.json",
            R"([{"image_id": 7, "category_id": 18, "bbox": [10, 10, 40, 40], "score": 0.5}])"));
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_THAT(files->labels, ElementsAre("car", "dog"));
  EXPECT_THAT(files->images, ElementsAre("7", "9"));
  ASSERT_EQ(files->set.gold.size(), 2U);
  EXPECT_EQ(files->set.gold[0].label, 1U);
  EXPECT_EQ(files->set.gold[0].box.x2, 50);
  EXPECT_EQ(files->set.gold[0].area, 900);
  EXPECT_TRUE(files->set.gold[1].is_crowd);
  EXPECT_EQ(files->set.detected[0].score, 0.5);
  const Scored scored = score_detection(*files);
  EXPECT_DOUBLE_EQ(scored.metrics.at("ap"), 100);
  EXPECT_EQ(scored.items.size(), 2U);
  EXPECT_TRUE(scored.items[0]["ap"].is_null());
}

TEST_F(DetectionFilesTest, NameTheEntryThatIsWrong) {
  EXPECT_THAT(error_of(kInstances,
                       R"([{"image_id": 8, "category_id": 18, "bbox": [1, 1, 4, 4], "score": 1}])"),
              AllOf(HasSubstr("results.json:1"), HasSubstr("[0]"), HasSubstr("is 8")));
  EXPECT_THAT(
      error_of(kInstances,
               R"([{"image_id": 7, "category_id": 18, "bbox": [1, 1, -4, 4], "score": 1}])"),
      HasSubstr("negative side"));
  EXPECT_THAT(error_of(kInstances,
                       R"([{"image_id": 7, "category_id": 18, "bbox": [1, 1, 4], "score": 1}])"),
              HasSubstr("four finite numbers"));
  EXPECT_THAT(error_of(kInstances, R"([{"image_id": 7, "category_id": 18, "bbox": [1, 1, 4, 4]}])"),
              HasSubstr("score"));
  EXPECT_THAT(error_of("[]", "[]"), HasSubstr("0 images and 0 categories"));
}

TEST_F(DetectionFilesTest, PassOverDetectionsOfUnknownCategories) {
  const auto files = read_coco_detection(
      write("instances.json", kInstances),
      write("results.json",
            R"([{"image_id": 7, "category_id": 77, "bbox": [1, 1, 4, 4], "score": 1}])"));
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_TRUE(files->set.detected.empty());
  EXPECT_THAT(files->warnings, ElementsAre(HasSubstr("1 detections have a category")));
}

// Two pictures with boxes, and what a detector said.
void write_run(StageBench& bench, std::string_view objects) {
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  ASSERT_TRUE(writer.add_image(
      {.id = "a",
       .width = 90,
       .height = 80,
       .split = "val",
       .regions = {{{10, 10, 50, 50}, "dogs", {}}, {{0, 0, 5, 5}, "unheard-of", {}}}},
      "bytes", "jpg"));
  ASSERT_TRUE(writer.add_image({.id = "b",
                                .width = 90,
                                .height = 80,
                                .split = "val",
                                .regions = {{{20, 20, 60, 70}, "cat", {}}}},
                               "bytes", "jpg"));
  ASSERT_TRUE(writer.finish(Quarantine{}));
  bench.write(
      "predictions/predictions.json",
      R"({"format": "unimo.predictions", "version": 1, "task": "detection", "split": "val"})");
  bench.write("predictions/objects_vocab.txt", "dog,dogs\ncat\n");
  bench.write("predictions/objects.jsonl", objects);
  bench.input("predictions", "predictions");
  bench.input("references", "records");
}

TEST(ScoreDetection, ScoresARunAgainstItsRecords) {
  StageBench bench;
  write_run(
      bench,
      R"({"image": "a", "objects": [{"label": "dog", "score": 0.9, "box": [11, 10, 50, 50]}]})"
      "\n");
  ScoreParams params;
  params.task = "detection";
  const Status status = bench.run(run_score, params);
  ASSERT_TRUE(status) << status.error().message;
  const Json scores = read_json(bench.output() / "scores.json").value();
  EXPECT_DOUBLE_EQ(scores["metrics"]["ap50"].get<double>(), 50);
  EXPECT_DOUBLE_EQ(scores["metrics"]["voc_map"].get<double>(), 50);
  EXPECT_EQ(scores["counts"]["objects"], 2);
  EXPECT_THAT(scores["warnings"].dump(),
              AllOf(HasSubstr("1 annotated boxes"), HasSubstr("1 pictures have no prediction")));
}

TEST(ScoreDetection, NamesALineOfPredictionsThatIsWrong) {
  const auto error_of = [](std::string_view objects) {
    StageBench bench;
    write_run(bench, objects);
    ScoreParams params;
    params.task = "detection";
    const Status status = bench.run(run_score, params);
    return status ? std::string() : status.error().message;
  };
  EXPECT_THAT(
      error_of("{\"image\": \"a\", \"objects\": []}\n{\"image\": \"a\", \"objects\": []}\n"),
      AllOf(HasSubstr("objects.jsonl:2"), HasSubstr("twice")));
  EXPECT_THAT(error_of(R"({"image": "z", "objects": []})"), HasSubstr("is z"));
  EXPECT_THAT(
      error_of(R"({"image": "a", "objects": [{"label": "cow", "score": 1, "box": [1, 1, 2, 2]}]})"),
      HasSubstr("cow"));
}

}  // namespace
}  // namespace unimo::stages
