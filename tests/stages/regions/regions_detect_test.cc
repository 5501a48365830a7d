#include "stages/regions/regions_detect.h"

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "orchestrator/base/file.h"
#include "stages/ingest/image_probe.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/regions/detector_names.h"
#include "stages/regions/detector_picture.h"
#include "stages/schema/regions.h"
#include "tests/stages/stage_bench.h"
#include "tests/trainer/detector/small_detector.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using trainer::DetectorKind;

std::string picture_bytes(int number, int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      image.at<cv::Vec3b>(y, x) = {static_cast<unsigned char>(x * 3 + number * 40),
                                   static_cast<unsigned char>(y * 4),
                                   static_cast<unsigned char>(x * y + number)};
  }
  std::vector<unsigned char> bytes;
  cv::imencode(".png", image, bytes);
  return {bytes.begin(), bytes.end()};
}

void add_picture(RecordsWriter& writer, const std::string& id, const std::string& bytes, int width,
                 int height) {
  ASSERT_TRUE(writer.add_image({.id = id, .width = width, .height = height, .split = "train"},
                               bytes, "png"));
}

// Five pictures of different sizes, a small detector and its names.
void write_inputs(StageBench& bench) {
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  for (int i = 0; i < 5; ++i) {
    add_picture(writer, std::to_string(i), picture_bytes(i, 60 + 10 * i, 50), 60 + 10 * i, 50);
  }
  ASSERT_TRUE(writer.finish(Quarantine{}));
  std::filesystem::create_directories(bench.path("weights"));
  trainer::write_detector(bench.path("weights/model.safetensors"),
                          trainer::small_detector(DetectorKind::kCaffe));
  bench.write("names/objects_vocab.txt", "dog,dogs\ncat\nboat\ntree\nman\ncar\nhat");
  bench.write("names/attributes_vocab.txt", "gray,grey\nred\nold\nwet\ntall");
  bench.input("records", "records");
  bench.input("weights", "weights");
  bench.input("vocabulary", "names");
}

RegionsDetectParams small_params() {
  RegionsDetectParams params;
  params.rules.short_side = 96;
  params.rules.long_side = 160;
  params.rules.proposals = 30;
  params.rules.min_regions = 4;
  params.rules.max_regions = 9;
  params.top_classes = 3;
  params.top_attributes = 2;
  params.part_images = 2;
  return params;
}

std::vector<trainer::RegionRecord> regions_of(const StageBench& bench) {
  const auto shard =
      trainer::ShardReader::open(bench.output() / "regions.shard", "regions").value();
  std::vector<trainer::RegionRecord> records;
  for (std::size_t i = 0; i < shard.count(); ++i) {
    const auto bytes = shard.record(i).value();
    records.push_back(trainer::RegionView::parse(bytes, "record").value().decode());
  }
  return records;
}

TEST(RegionsDetect, GivesEveryPictureItsRegions) {
  StageBench bench;
  write_inputs(bench);
  const Status status = bench.run(run_regions_detect, small_params());
  ASSERT_TRUE(status) << status.error().message;
  const auto records = regions_of(bench);
  ASSERT_EQ(records.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(records[i].id, std::to_string(i));
    EXPECT_EQ(records[i].width, 60 + 10 * i);
    EXPECT_GE(records[i].count, 4U);
    EXPECT_LE(records[i].count, 9U);
    EXPECT_EQ(records[i].feature_size, 128U);
    EXPECT_EQ(records[i].top_k, 3U);
    EXPECT_EQ(records[i].top_attributes, 2U);
    EXPECT_GE(records[i].probabilities[0], records[i].probabilities[1]);
  }
  const auto info = trainer::read_regions_info(bench.output() / "regions.json").value();
  EXPECT_EQ(info.extractor, "detector.caffe");
  EXPECT_EQ(info.classes.front(), "dog");
  EXPECT_THAT(info.attributes, ElementsAre("gray", "red", "old", "wet", "tall"));
  EXPECT_EQ(info.images, 5U);
  EXPECT_TRUE(std::filesystem::exists(bench.output() / "preview.jsonl"));
}

TEST(RegionsDetect, DoesNotDependOnTheNumberOfCores) {
  StageBench bench;
  write_inputs(bench);
  ASSERT_TRUE(bench.run(run_regions_detect, small_params()));
  const std::string one = bench.digest();
  StageBench other;
  write_inputs(other);
  other.cores(3);
  ASSERT_TRUE(other.run(run_regions_detect, small_params()));
  EXPECT_EQ(other.digest(), one);
}

TEST(RegionsDetect, GoesOnAfterTheLastFinishedPart) {
  StageBench bench;
  write_inputs(bench);
  const auto resume = bench.path("resume");
  ASSERT_TRUE(bench.run(run_regions_detect, small_params()));
  const std::string whole = bench.digest();
  // As if it had been stopped: one part missing, one torn.
  std::filesystem::remove(resume / "part-000001.json");
  std::filesystem::resize_file(resume / "part-000002.shard",
                               std::filesystem::file_size(resume / "part-000002.shard") - 1);
  const auto first = std::filesystem::last_write_time(resume / "part-000000.shard");
  ASSERT_TRUE(bench.run(run_regions_detect, small_params()));
  EXPECT_EQ(bench.digest(), whole);
  EXPECT_EQ(std::filesystem::last_write_time(resume / "part-000000.shard"), first);
}

TEST(RegionsDetect, TakesWeightsOfTheOtherKind) {
  StageBench bench;
  write_inputs(bench);
  auto params = small_params();
  params.rules.behaviour = std::string(trainer::kDetectron2Name);
  const Status status = bench.run(run_regions_detect, params);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(trainer::read_regions_info(bench.output() / "regions.json")->extractor,
            "detector.detectron2");
}

TEST(RegionsDetect, RefusesNamesOfAnotherDetector) {
  StageBench bench;
  write_inputs(bench);
  bench.write("names/objects_vocab.txt", "dog\ncat\n");
  const Status status = bench.run(run_regions_detect, small_params());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              AllOf(HasSubstr("objects_vocab.txt"), HasSubstr("2 names, the detector has 7")));
}

TEST(RegionsDetect, RefusesTooManyBadPictures) {
  StageBench bench;
  write_inputs(bench);
  std::filesystem::remove_all(bench.path("records"));
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  add_picture(writer, "a", "no picture", 10, 10);
  ASSERT_TRUE(writer.finish(Quarantine{}));
  const Status status = bench.run(run_regions_detect, small_params());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("not_an_image"));
}

// Every file of the collection of bad pictures, as if a corpus had let it through.
TEST(RegionsDetect, SaysWhyEachBadPictureCannotBeUsed) {
  const std::filesystem::path folder = std::filesystem::path(UNIMO_SHARED_DATA) / "bad_images";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no bad_images in the shared data";
  StageBench bench;
  write_inputs(bench);
  std::filesystem::remove_all(bench.path("records"));
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  std::int64_t good = 0, bad = 0;
  const auto names = list_files(folder).value();
  for (const std::string& name : names) {
    if (name == "MANIFEST.json") continue;
    const std::string bytes = read_file(folder / name).value();
    const ImageProbe probe = probe_image(bytes, {});
    (probe.good() ? good : bad) += 1;
    add_picture(writer, name, bytes, std::max(probe.width, 1), std::max(probe.height, 1));
  }
  ASSERT_TRUE(writer.finish(Quarantine{}));
  ASSERT_GT(good, 5);
  ASSERT_GT(bad, 5);
  auto params = small_params();
  params.max_bad_share = 1;
  const Status status = bench.run(run_regions_detect, params);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(static_cast<std::int64_t>(regions_of(bench).size()), good);
  EXPECT_EQ(bench.count("regions.bad_images"), bad);
  const auto lines = read_lines(bench.output() / "quarantine.jsonl").value();
  EXPECT_EQ(static_cast<std::int64_t>(lines.size()), bad);
  for (const std::string& line : lines) {
    const Json entry = parse_json(line, "quarantine").value();
    EXPECT_FALSE(entry.at("id").get<std::string>().empty());
    EXPECT_FALSE(entry.at("reason").get<std::string>().empty());
  }
}

TEST(DetectorPicture, SubtractsTheMeansInTheOrderBlueGreenRed) {
  const cv::Mat grey(600, 600, CV_8UC3, cv::Scalar(120, 120, 120));
  const auto picture = detector_picture(grey, {});
  EXPECT_THAT(picture.pixels.sizes(), ElementsAre(1, 3, 600, 600));
  EXPECT_FLOAT_EQ(picture.pixels[0][0][5][5].item<float>(), 120 - 102.9801F);
  EXPECT_FLOAT_EQ(picture.pixels[0][1][5][5].item<float>(), 120 - 115.9465F);
  EXPECT_FLOAT_EQ(picture.pixels[0][2][5][5].item<float>(), 120 - 122.7717F);
}

// Sample x of the result lies at (x + 0.5) / s − 0.5 of the picture, s the scale itself.
TEST(DetectorPicture, SamplesByTheScaleNotBySizes) {
  cv::Mat ramp(375, 500, CV_8UC3);
  for (int y = 0; y < ramp.rows; ++y)
    for (int x = 0; x < ramp.cols; ++x)
      ramp.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<unsigned char>(x / 2));
  trainer::DetectorRules rules;
  rules.short_side = 233;  // 500 · 233 / 375 = 310.67, rounded to 311
  const auto picture = detector_picture(ramp, rules);
  ASSERT_EQ(picture.plan.width, 311);
  const double scale = 233.0 / 375, at = (300 + 0.5) / scale - 0.5;
  const int left = static_cast<int>(at);
  const double wanted = left / 2 + (at - left) * ((left + 1) / 2 - left / 2) - 102.9801;
  EXPECT_NEAR(picture.pixels[0][0][100][300].item<float>(), wanted, 1e-2);
}

TEST(DetectorPicture, OfThreeRowsHasTwo) {
  const cv::Mat thin(3, 1800, CV_8UC3, cv::Scalar(1, 2, 3));
  const auto picture = detector_picture(thin, {});
  EXPECT_THAT(picture.pixels.sizes(), ElementsAre(1, 3, 2, 1000));
}

TEST(DetectorNames, AreTheFirstOfTheirSynonyms) {
  const std::filesystem::path folder = std::filesystem::path(UNIMO_SHARED_DATA) / "genome";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no genome in the shared data";
  const auto attributes = read_detector_names(folder / "attributes_vocab.txt", 400);
  ASSERT_TRUE(attributes) << attributes.error().message;
  EXPECT_EQ(attributes->front(), "gray");
  EXPECT_TRUE(read_detector_names(folder / "objects_vocab.txt", 1600));
}

}  // namespace
}  // namespace unimo::stages
