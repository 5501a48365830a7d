// The parts of COCO beside the captions that the older tests read, and the captioning benchmark.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"
#include "tests/stages/ingest/corpus_builder.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

TEST(CocoParts, KeepUnlabeledPicturesWithoutCaptions) {
  StageBench bench;
  CocoBuilder corpus(2);
  corpus.write(bench);
  bench.write(
      "image_info_unlabeled2017.json",
      R"({"info": {}, "images": [{"id": 90, "file_name": "000000000090.jpg", "width": 40, "height": 30}]})");
  bench.write("images/000000000090.jpg", jpeg(40, 30));
  bench.input("image_info", "image_info_unlabeled2017.json");
  ASSERT_TRUE(bench.run(run_ingest_coco, PictureIngest{.max_bad_share = 0, .complete = true}));
  const Records records = read_records(bench.output()).value();
  ASSERT_EQ(records.images.size(), 3U);
  EXPECT_EQ(records.images[2].split, "unlabeled");
  EXPECT_EQ(records.images[0].split, "train");
  const Json official = read_json(bench.output() / "statistics.json")->at("official");
  EXPECT_EQ(official.at("images.unlabeled"), (Json{{"found", 1}, {"official", 123'403}}));
  EXPECT_EQ(official.at("captions.train"), (Json{{"found", 2}, {"official", 414'113}}));
}

TEST(CocoParts, SayWhichPhotographTheyAre) {
  StageBench bench;
  CocoBuilder corpus(1);
  corpus.captions["images"][0]["flickr_url"] =
      "http://farm4.staticflickr.com/3153/2970773875_164f0c0b83_z.jpg";
  corpus.write(bench);
  ASSERT_TRUE(bench.run(run_ingest_coco, PictureIngest{.max_bad_share = 0}));
  EXPECT_EQ(read_records(bench.output())->images.at(0).same_as,
            std::vector<std::string>{"flickr:2970773875"});
}

TEST(CocoParts, NeedCaptionsOrImageInfo) {
  StageBench bench;
  bench.write("images/000000000090.jpg", jpeg(40, 30));
  bench.input("images", "images");
  const Status status = bench.run(run_ingest_coco, PictureIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("give captions (captions_train2017.json) or"));
}

TEST(CocoParts, RefuseImageInfoWithoutPictures) {
  StageBench bench;
  bench.write("image_info_test2017.json", R"({"annotations": [], "images": []})");
  bench.write("images/000000000090.jpg", jpeg(40, 30));
  bench.input("images", "images");
  bench.input("image_info", "image_info_test2017.json");
  EXPECT_THAT(bench.run(run_ingest_coco, PictureIngest{}).error().message,
              HasSubstr("image_info_test2017.json: no pictures"));
}

TEST(CocoParts, UnderstandAnnotationsThatStandBeforeTheirPictures) {
  StageBench bench;
  CocoBuilder corpus(1);
  corpus.write(bench);
  bench.write("captions_train2014.json",
              "{\"annotations\": " + corpus.captions["annotations"].dump() +
                  ", \"images\": " + corpus.captions["images"].dump() + "}");
  ASSERT_TRUE(bench.run(run_ingest_coco, PictureIngest{.max_bad_share = 0}));
  EXPECT_EQ(read_records(bench.output())->captions.size(), 1U);
}

class CocoCaption : public testing::Test {
 protected:
  void SetUp() override {
    for (int id = 1; id <= 3; ++id)
      bench_.write(fmt::format("images/COCO_val2014_{:012}.jpg", id), jpeg(40, 30));
    bench_.input("images", "images");
  }
  Status run(const std::string& karpathy, double max_bad_share = 0) {
    bench_.write("dataset_coco.json", karpathy);
    bench_.input("split", "dataset_coco.json");
    return bench_.run(run_ingest_coco_caption,
                      PictureIngest{.max_bad_share = max_bad_share, .complete = true});
  }
  StageBench bench_;
};

TEST_F(CocoCaption, TakesRawSentencesInKarpathysSplits) {
  ASSERT_TRUE(run(R"({"dataset": "coco", "images": [
    {"filename": "COCO_val2014_000000000003.jpg", "filepath": "val2014", "cocoid": 3, "split": "test",
     "sentids": [30, 31], "sentences": [{"raw": "A dog.", "tokens": ["a", "dog"], "imgid": 0, "sentid": 30},
     {"raw": " Two dogs ", "tokens": ["two", "dogs"], "imgid": 0, "sentid": 31}]},
    {"filename": "COCO_val2014_000000000001.jpg", "filepath": "val2014", "cocoid": 1, "split": "restval",
     "sentences": [{"raw": "A cat.", "sentid": 10}]}]})"));
  const Records records = read_records(bench_.output()).value();
  EXPECT_EQ(records.source, "coco_caption");
  ASSERT_EQ(records.images.size(), 2U);
  EXPECT_EQ(records.images[0].id, "3");
  EXPECT_EQ(records.images[0].split, "test");
  EXPECT_EQ(records.images[1].split, "restval");
  EXPECT_EQ(records.captions[1].id, "31");
  EXPECT_EQ(records.captions[1].text, "Two dogs");
  const Json official = read_json(bench_.output() / "statistics.json")->at("official");
  EXPECT_EQ(official.at("images.test"), (Json{{"found", 1}, {"official", 5'000}}));
}

TEST_F(CocoCaption, CountsPicturesAndSentencesThatStandTwice) {
  ASSERT_TRUE(run(R"({"images": [
    {"filename": "COCO_val2014_000000000001.jpg", "cocoid": 1, "split": "test", "sentences": [{"raw": "A cat.", "sentid": 10}]},
    {"filename": "COCO_val2014_000000000001.jpg", "cocoid": 1, "split": "test", "sentences": []},
    {"filename": "COCO_val2014_000000000002.jpg", "split": "val", "sentences": [{"raw": "B.", "sentid": 10}, {"raw": null, "sentid": 11}, {"raw": "C.", "sentid": 12}]},
    {"filename": "cat.jpg", "split": "val", "sentences": []}]})",
                  1));
  EXPECT_EQ(bench_.count("quarantine.duplicate_image"), 1);
  EXPECT_EQ(bench_.count("quarantine.duplicate_caption"), 1);
  EXPECT_EQ(bench_.count("quarantine.malformed_caption"), 1);
  EXPECT_EQ(bench_.count("quarantine.malformed_image"), 1);
  EXPECT_EQ(read_records(bench_.output())->captions.size(), 2U);
}

TEST_F(CocoCaption, TakesTheMakersCaptionsBesideLists) {
  CocoBuilder corpus(3);
  bench_.write("captions_train2014.json", corpus.captions.dump());
  bench_.write("karpathy_test_images.txt", "val2014/COCO_val2014_000000000002.jpg 2\n");
  bench_.input("captions", "captions_train2014.json");
  bench_.input("split", "karpathy_test_images.txt");
  ASSERT_TRUE(bench_.run(run_ingest_coco_caption, PictureIngest{.max_bad_share = 0}));
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.images.size(), 3U);
  EXPECT_EQ(records.images[0].split, "train");
  EXPECT_EQ(records.images[1].split, "test");
  EXPECT_EQ(bench_.count("images.found_by_number"), 3);
}

TEST_F(CocoCaption, RefusesListsWithoutCaptions) {
  bench_.write("karpathy_test_images.txt", "val2014/COCO_val2014_000000000002.jpg 2\n");
  bench_.input("split", "karpathy_test_images.txt");
  EXPECT_THAT(bench_.run(run_ingest_coco_caption, PictureIngest{}).error().message,
              HasSubstr("a list has no captions; give captions too"));
}

}  // namespace
}  // namespace unimo::stages
