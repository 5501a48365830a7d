#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"
#include "tests/stages/ingest/corpus_builder.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

class Genome : public testing::Test {
 protected:
  void SetUp() override {
    bench_.write("image_data.json", R"([
      {"image_id": 1, "url": "https://host/VG_100K_2/1.jpg", "width": 40, "height": 30, "coco_id": null, "flickr_id": null},
      {"image_id": 2, "url": "https://host/VG_100K/2.jpg", "width": 40, "height": 30, "coco_id": 77, "flickr_id": null}])");
    bench_.write("objects.json", R"([{"image_id": 1, "objects": [
      {"object_id": 5, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["clock "], "synsets": ["clock.n.01"]},
      {"object_id": 6, "x": -4, "y": 2, "w": 10, "h": 200, "names": ["tree"], "synsets": []},
      {"object_id": 7, "x": 4, "y": 2, "w": 0, "h": 20, "names": ["wall"], "synsets": []},
      {"object_id": 8, "x": 4, "y": 2, "w": 3, "names": ["wall"], "synsets": []}]}])");
    bench_.write("attributes.json", R"([{"image_id": 1, "attributes": [
      {"object_id": 5, "x": 1, "y": 2, "w": 10, "h": 20, "names": ["clock"], "attributes": ["green", "tall", "green "]},
      {"object_id": 9, "x": 3, "y": 3, "w": 5, "h": 5, "name": "street"}]}])");
    bench_.write("region_descriptions.json", R"([
      {"id": 1, "regions": [
        {"region_id": 11, "image_id": 1, "phrase": "the clock is green ", "x": 1, "y": 2, "width": 9, "height": 9},
        {"region_id": 12, "image_id": 1, "phrase": "the clock is green", "x": 1, "y": 2, "width": 9, "height": 9},
        {"region_id": 13, "image_id": 1, "phrase": 4, "x": 1, "y": 2, "width": 9, "height": 9},
        {"region_id": 14, "image_id": 1, "phrase": "a tree", "x": 1, "y": 2, "width": 9, "height": 9}]},
      {"id": 2, "regions": [{"region_id": 21, "image_id": 2, "phrase": "a dog", "x": 1, "y": 2, "width": 9, "height": 9}]},
      {"id": 3, "regions": []}])");
    bench_.write("images/VG_100K/2.jpg", jpeg(40, 30));
    bench_.write("images/VG_100K_2/1.jpg", jpeg(40, 30));
    for (const char* name : {"image_data", "objects", "attributes"})
      bench_.input(name, std::string(name) + ".json");
    bench_.input("regions", "region_descriptions.json");
    bench_.input("images", "images");
  }
  Records run(const GenomeIngest& params = {.pictures = {.max_bad_share = 1}}) {
    const Status status = bench_.run(run_ingest_visual_genome, params);
    EXPECT_TRUE(status) << (status ? "" : status.error().message);
    return status ? read_records(bench_.output()).value() : Records{};
  }
  StageBench bench_;
};

TEST_F(Genome, JoinsObjectsWithTheirAttributes) {
  const Records records = run();
  ASSERT_EQ(records.images.size(), 2U);
  EXPECT_EQ(records.images[0].id, "vg1");
  const auto& regions = records.images[0].regions;
  ASSERT_EQ(regions.size(), 3U);
  EXPECT_EQ(regions[0].label, "clock");
  EXPECT_EQ(regions[0].attributes, (std::vector<std::string>{"green", "tall"}));
  EXPECT_EQ(regions[1].box, (std::array<double, 4>{0, 2, 6, 30}));
  EXPECT_EQ(regions[2].label, "street");
  EXPECT_EQ(bench_.count("quarantine.empty_box"), 1);
  EXPECT_EQ(bench_.count("quarantine.malformed_box"), 1);
  EXPECT_EQ(bench_.count("boxes.clipped"), 1);
}

TEST_F(Genome, TakesEachPhraseOnceAsACaption) {
  const Records records = run();
  ASSERT_EQ(records.captions.size(), 3U);
  EXPECT_EQ(records.captions[0].id, "vg1#11");
  EXPECT_EQ(records.captions[0].text, "the clock is green");
  EXPECT_EQ(records.captions[1].text, "a tree");
  EXPECT_EQ(bench_.count("quarantine.malformed_caption"), 1);
  EXPECT_EQ(bench_.count("quarantine.unknown_image"), 1);
  EXPECT_EQ(run({.pictures = {.max_bad_share = 1}, .phrases_per_image = 1}).captions.size(), 2U);
}

TEST_F(Genome, LeavesOutPicturesThatCocoTestsOn) {
  bench_.write("karpathy_test_images.txt", "val2014/COCO_val2014_000000000077.jpg 77\n");
  bench_.input("exclude", "karpathy_test_images.txt");
  EXPECT_EQ(run().images.size(), 1U);
  EXPECT_EQ(bench_.count("images.excluded"), 1);
}

TEST_F(Genome, ReadsTheSplitListsOfTheDetector) {
  bench_.write("val.txt", "VG_100K/2.jpg xml/2.xml\n");
  bench_.write("train.txt", "VG_100K_2/1.jpg xml/1.xml\n");
  bench_.input("split", "train.txt");
  bench_.input("split", "val.txt");
  const Records records = run();
  EXPECT_EQ(records.images[0].split, "train");
  EXPECT_EQ(records.images[1].split, "val");
}

TEST_F(Genome, SaysSoWhenAFileIsNotWhatItShouldBe) {
  bench_.input("objects", "image_data.json");
  const Status status = bench_.run(run_ingest_visual_genome, GenomeIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("image_data.json: entry 0 needs an image id and a list \"objects\", is {"));
}

TEST(RealGenome, SampleIsReadWithItsAttributes) {
  const std::filesystem::path data = std::filesystem::path(UNIMO_SHARED_DATA) / "genome";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "no " << data;
  StageBench bench;
  bench.input("image_data", data / "annotations_sample/image_data.json");
  bench.input("objects", data / "annotations_sample/objects.json");
  bench.input("attributes", data / "annotations_sample/attributes.json");
  bench.input("regions", data / "annotations_sample/region_descriptions.json");
  bench.input("images", data / "images/VG_100K_2");
  const GenomeIngest params{.pictures = {.max_bad_share = 1, .keep_uncaptioned = true}};
  const Status status = bench.run(run_ingest_visual_genome, params);
  ASSERT_TRUE(status) << status.error().message;
  const Records records = read_records(bench.output()).value();
  EXPECT_EQ(records.images.size(), 4U);
  EXPECT_EQ(records.captions.size(), 4U);
  EXPECT_GT(records.images[0].regions.size(), 20U);
}

}  // namespace
}  // namespace unimo::stages
