#include "stages/regions/regions_windows.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/regions.h"
#include "tests/stages/stage_bench.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {
namespace {

using ::testing::HasSubstr;

constexpr int kWidth = 96, kHeight = 72;

// Stripes whose direction and colour say which of three things is "shown".
cv::Mat painted(int number) {
  cv::Mat image(kHeight, kWidth, CV_8UC3);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const int kind = number % 3;
      const double wave = std::sin((kind == 0 ? x : kind == 1 ? y : x + y) * 0.5 + number);
      const auto value = static_cast<unsigned char>(120 + 100 * wave);
      image.at<cv::Vec3b>(y, x) = {value, static_cast<unsigned char>(60 * kind + y),
                                   static_cast<unsigned char>(200 - 70 * kind + number)};
    }
  }
  return image;
}

std::string png(const cv::Mat& image) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", image, bytes);
  return {bytes.begin(), bytes.end()};
}

struct Scene {
  bool mirror = false;  // add the mirror image of each
  bool captions = true;
  bool boxes = false;
  int images = 12;
};

void write_records(const StageBench& bench, const Scene& scene) {
  const std::array<const char*, 3> things = {"dog", "boat", "tree"};
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  const int total = scene.mirror ? 2 * scene.images : scene.images;
  for (int n = 0; n < total; ++n) {
    const int i = n % scene.images;
    cv::Mat image = painted(i);
    const bool mirror = n >= scene.images;
    if (mirror) cv::flip(image, image, 1);
    ImageRecord record{.id = (mirror ? "mirror of " : "") + std::to_string(i),
                       .width = kWidth,
                       .height = kHeight,
                       .split = i % 4 == 3 ? "val" : "train"};
    if (scene.boxes) {
      record.regions = {{.box = {8, 6, 40, 36}, .label = "dog"},
                        {.box = {0, 0, 96, 72}, .label = "traffic light"}};
    }
    for (Region& region : record.regions) {
      const auto [x1, y1, x2, y2] = region.box;
      if (mirror) region.box = {kWidth - x2, y1, kWidth - x1, y2};
    }
    ASSERT_TRUE(writer.add_image(record, png(image), "png"));
    if (!scene.captions) continue;
    ASSERT_TRUE(
        writer.add_caption({.id = record.id + "#0",
                            .image = record.id,
                            .text = std::string("A ") + things[static_cast<std::size_t>(i % 3)]}));
  }
  ASSERT_TRUE(writer.finish(Quarantine{}));
}

RegionsWindowsParams small_params() {
  RegionsWindowsParams params{.image_size = 96};
  params.dictionary = {.components = 4,
                       .sift_size = 8,
                       .colour_size = 8,
                       .images = 6,
                       .samples = 40,
                       .iterations = 3};
  params.projection = {.images = 6,
                       .windows = 5,
                       .sift = 6,
                       .colour = 5,
                       .histogram = 4,
                       .moments = 3,
                       .lbp = 3,
                       .hog = 4,
                       .gabor = 3};
  params.words = {.min_images = 1, .directions = 2, .folds = 3, .top = 2};
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

double distance(std::span<const float> a, std::span<const float> b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    squares += static_cast<double>((a[i] - b[i]) * (a[i] - b[i]));
  }
  return std::sqrt(squares);
}

TEST(RegionsWindows, DescribesEveryImageInEveryView) {
  StageBench bench;
  write_records(bench, {});
  bench.input("records", "records");
  const Status done = bench.run(run_regions_windows, small_params());
  ASSERT_TRUE(done) << done.error().message;
  const auto records = regions_of(bench);
  ASSERT_EQ(records.size(), 24U);
  const auto info = trainer::read_regions_info(bench.output() / "regions.json").value();
  EXPECT_EQ(info.feature_size, 28U + 2U);
  EXPECT_EQ(info.images, 12U);
  EXPECT_EQ(info.fitted_on, "train");
  EXPECT_THAT(info.classes, ::testing::ElementsAre("boat", "dog", "tree"));
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].id, std::to_string(i % 12));
    EXPECT_EQ(records[i].view, i / 12);
    EXPECT_EQ(records[i].count, 35U);
    for (const float value : records[i].features) EXPECT_TRUE(std::isfinite(value));
  }
  EXPECT_EQ(bench.count("regions.regions"), 24 * 35);
}

TEST(RegionsWindows, RepeatsItselfBitForBitOnAnyNumberOfThreads) {
  StageBench bench;
  write_records(bench, {.boxes = true});
  bench.input("records", "records");
  bench.cores(1);
  ASSERT_TRUE(bench.run(run_regions_windows, small_params()));
  const std::string first = bench.digest();
  bench.cores(2);
  ASSERT_TRUE(bench.run(run_regions_windows, small_params()));
  EXPECT_EQ(bench.digest(), first);
  bench.cores(3);
  ASSERT_TRUE(bench.run(run_regions_windows, small_params()));
  EXPECT_EQ(bench.digest(), first);
}

TEST(RegionsWindows, FitsNothingOnTheOtherSplits) {
  // Other captions and labels of the validation images change nothing at all.
  StageBench bench;
  write_records(bench, {.boxes = true});
  bench.input("records", "records");
  ASSERT_TRUE(bench.run(run_regions_windows, small_params()));
  const std::string before = bench.digest();
  const auto edit = [&](const char* name, const std::string& from, const std::string& to) {
    std::string changed;
    const auto lines = read_lines(bench.path("records") / name).value();
    for (const std::string& line : lines) {
      const Json object = parse_json(line, name).value();
      const std::string image = object.contains("image") ? object["image"] : object["id"];
      std::string text = line;
      const auto at = text.find(from);
      if (std::stoi(image) % 4 == 3 && at != std::string::npos) text.replace(at, from.size(), to);
      changed += text + "\n";
    }
    bench.write(std::filesystem::path("records") / name, changed);
  };
  edit("captions.jsonl", "A ", "A zebra ");
  edit("images.jsonl", "traffic light", "zebra crossing");
  ASSERT_TRUE(bench.run(run_regions_windows, small_params()));
  EXPECT_EQ(bench.digest(), before);
}

TEST(RegionsWindows, MirroredViewIsTheViewOfTheMirroredPicture) {
  StageBench bench;
  write_records(bench, {.mirror = true, .boxes = true, .images = 8});
  bench.input("records", "records");
  ASSERT_TRUE(bench.run(run_regions_windows, small_params()));
  const auto records = regions_of(bench);
  ASSERT_EQ(records.size(), 32U);  // two views of 8 pictures and of their mirror images
  for (std::size_t i = 0; i < 8; ++i) {
    const auto& mirror_view = records[16 + i];
    const auto& mirror_image = records[8 + i];
    ASSERT_EQ(mirror_image.id, "mirror of " + mirror_view.id);
    // Windows come in another order, because the grid is read from the left; boxes in the same.
    const std::size_t size = mirror_view.feature_size;
    for (const std::size_t region : {std::size_t{0}, std::size_t{35}, std::size_t{36}}) {
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_NEAR(mirror_view.boxes[4 * region + k], mirror_image.boxes[4 * region + k], 1e-6);
      }
      // Without the semantic coordinates: those of a fitted image come from its fold.
      for (std::size_t d = 0; d + 2 < size; ++d) {
        EXPECT_NEAR(mirror_view.features[region * size + d],
                    mirror_image.features[region * size + d], 2e-2);
      }
    }
  }
}

TEST(RegionsWindows, BoxesFollowTheWindowsWithTheirLabelAsClass) {
  StageBench bench;
  write_records(bench, {.boxes = true});
  bench.input("records", "records");
  ASSERT_TRUE(bench.run(run_regions_windows, small_params()));
  const auto records = regions_of(bench);
  const auto info = trainer::read_regions_info(bench.output() / "regions.json").value();
  ASSERT_EQ(records[0].count, 37U);
  EXPECT_EQ(info.classes[records[0].classes[35 * 2]], "dog");
  EXPECT_EQ(info.classes[records[0].classes[36 * 2]], "traffic light");
  EXPECT_NEAR(records[0].probabilities[36 * 2], 0.9, 1e-3);
  EXPECT_FLOAT_EQ(records[0].boxes[35 * 4], 8.0F / 96);
  EXPECT_FLOAT_EQ(records[12].boxes[35 * 4], 1 - 40.0F / 96);
  // A box over the whole picture is described as the whole picture is.
  const auto whole = std::span(records[0].features).first(records[0].feature_size);
  const auto box = std::span(records[0].features).last(records[0].feature_size);
  EXPECT_LT(distance(whole, box), 1e-3);
}

TEST(RegionsWindows, PicturesWithoutCaptionsGetNoClasses) {
  StageBench bench;
  write_records(bench, {.captions = false});
  bench.input("records", "records");
  auto params = small_params();
  const Status refused = bench.run(run_regions_windows, params);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("semantic_features: false"));
  params.semantic_features = false;
  ASSERT_TRUE(bench.run(run_regions_windows, params));
  EXPECT_EQ(regions_of(bench)[0].top_k, 0U);
}

TEST(RegionsWindows, NamesThePictureThatCannotBeDecoded) {
  StageBench bench;
  write_records(bench, {});
  const ImageRecord image = read_records(bench.path("records")).value().images[4];
  std::string tar = read_file(bench.path("records") / image.place.file).value();
  tar[static_cast<std::size_t>(image.place.offset)] = '?';
  bench.write("records/" + image.place.file, tar);
  bench.input("records", "records");
  const Status refused = bench.run(run_regions_windows, small_params());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("picture " + image.id));
}

TEST(RegionsWindows, RefusesSplitsWithoutImages) {
  StageBench bench;
  write_records(bench, {});
  bench.input("records", "records");
  auto params = small_params();
  params.fit_splits = {"test"};
  const Status refused = bench.run(run_regions_windows, params);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("fit_splits"));
}

TEST(RegionsWindows, DescribesRealPhotographs) {
  const std::filesystem::path folder =
      std::filesystem::path(UNIMO_SHARED_DATA) / "flickr8k" / "images";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "needs " << folder << "; set -DUNIMO_SHARED_DATA";
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry);
  std::ranges::sort(files);
  StageBench bench;
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  for (int i = 0; i < 12; ++i) {
    const std::string bytes = read_file(files[static_cast<std::size_t>(i)]).value();
    const cv::Mat image = cv::imread(files[static_cast<std::size_t>(i)].string());
    ASSERT_TRUE(writer.add_image({.id = std::to_string(i),
                                  .width = image.cols,
                                  .height = image.rows,
                                  .split = i < 9 ? "train" : "val"},
                                 bytes, "jpg"));
    ASSERT_TRUE(writer.add_caption({.id = std::to_string(i) + "#0",
                                    .image = std::to_string(i),
                                    .text = "a photograph of something"}));
  }
  ASSERT_TRUE(writer.finish(Quarantine{}));
  bench.input("records", "records");
  RegionsWindowsParams params = small_params();
  params.image_size = 224;
  const Status done = bench.run(run_regions_windows, params);
  ASSERT_TRUE(done) << done.error().message;
  const auto records = regions_of(bench);
  ASSERT_EQ(records.size(), 24U);
  const auto whole = [&](std::size_t i) { return std::span(records[i].features).first(28); };
  // A photograph and its mirror image are more alike than two photographs.
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_LT(distance(whole(i), whole(12 + i)), distance(whole(i), whole((i + 1) % 12)));
  }
}

}  // namespace
}  // namespace unimo::stages
