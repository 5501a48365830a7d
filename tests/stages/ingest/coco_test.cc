#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"
#include "tests/stages/ingest/corpus_builder.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

const PictureIngest kTolerant{.max_bad_share = 1};

class Coco : public testing::Test {
 protected:
  Records run(const PictureIngest& params = kTolerant) {
    corpus_.write(bench_);
    const Status status = bench_.run(run_ingest_coco, params);
    EXPECT_TRUE(status) << (status ? "" : status.error().message);
    return status ? read_records(bench_.output()).value() : Records{};
  }
  std::string run_failing() {
    corpus_.write(bench_);
    const Status status = bench_.run(run_ingest_coco, kTolerant);
    EXPECT_FALSE(status);
    return status ? "" : status.error().message;
  }
  std::int64_t quarantined(const std::string& reason) const {
    return bench_.count("quarantine." + reason);
  }
  Json& caption(std::size_t i) { return corpus_.captions["annotations"][i]; }
  Json& box(std::size_t i) { return corpus_.instances["annotations"][i]; }

  StageBench bench_;
  CocoBuilder corpus_{3};
};

TEST_F(Coco, KeepsPicturesCaptionsAndBoxesInOrder) {
  const Records records = run(PictureIngest{.max_bad_share = 0});
  ASSERT_EQ(records.images.size(), 3U);
  EXPECT_EQ(records.source, "coco");
  EXPECT_EQ(records.images[1].id, "2");
  EXPECT_EQ(read_picture(bench_.output(), records.images[1].place).value(), jpeg(40, 30));
  EXPECT_EQ(records.images[1].split, "train");
  EXPECT_EQ(records.images[1].width, 40);
  ASSERT_EQ(records.images[1].regions.size(), 1U);
  EXPECT_EQ(records.images[1].regions[0].label, "cat");
  EXPECT_EQ(records.images[1].regions[0].box, (std::array<double, 4>{1.5, 2, 11.5, 22}));
  EXPECT_EQ(records.captions[2].text, "Thing 3.");
  EXPECT_EQ(records.captions_of_images()[2], std::vector<std::size_t>{2});
}

TEST_F(Coco, WritesStatisticsAndQuarantine) {
  caption(0)["caption"] = "";
  (void)run();
  const Json statistics = read_json(bench_.output() / "statistics.json").value();
  EXPECT_EQ(statistics.at("images").at("train"), 2);
  EXPECT_EQ(statistics.at("quarantine"), (Json{{"empty_caption", 1}, {"no_captions", 1}}));
  const auto lines = read_lines(bench_.output() / "quarantine.jsonl").value();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(
      lines[0],
      R"({"detail":"\"\"","id":"10","reason":"empty_caption","source":"captions_train2014.json annotations[0]"})");
}

TEST_F(Coco, NamesTheLineOfBrokenJson) {
  corpus_.write(bench_);
  bench_.write("captions_train2014.json", "{\"images\": [\n {\"id\": 1,\n");
  const Status status = bench_.run(run_ingest_coco, kTolerant);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("captions_train2014.json:3: byte 24: not valid JSON"));
}

TEST_F(Coco, RefusesOtherEncodingsAndDocuments) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"\xEF\xBB\xBF{\"images\": []}", "byte order mark"},
      {std::string("\xFF\xFE{\0", 4), "UTF-16"},
      {"\x1F\x8B\x08", "gzip"},
      {"", "is empty"},
      {"42", "neither an object of lists nor a list"},
      {"{\"images\": [], \"annotations\": []}", "neither pictures nor captions"},
      {"{\"images\": [{\"id\": 1, \"id\": 2}]}", "images[0]: the key \"id\" stands twice"},
      {"{\"annotations\": [{\"id\": NaN}]}", ":1: byte 24: not valid JSON"}};
  corpus_.write(bench_);
  for (const auto& [text, message] : cases) {
    bench_.write("captions_train2014.json", text);
    const Status status = bench_.run(run_ingest_coco, kTolerant);
    ASSERT_FALSE(status) << message;
    EXPECT_THAT(status.error().message, HasSubstr(message));
  }
}

TEST_F(Coco, CountsCaptionsOfMissingPictures) {
  corpus_.captions["images"].push_back(
      {{"id", 9}, {"file_name", "COCO_train2014_000000000009.jpg"}});
  corpus_.captions["annotations"].push_back({{"id", 90}, {"image_id", 9}, {"caption", "Gone."}});
  corpus_.captions["annotations"].push_back(
      {{"id", 91}, {"image_id", 77}, {"caption", "Never there."}});
  corpus_.write(bench_);
  std::filesystem::remove(bench_.path("images/COCO_train2014_000000000009.jpg"));
  ASSERT_TRUE(bench_.run(run_ingest_coco, kTolerant));
  EXPECT_EQ(quarantined("missing_file"), 1);
  EXPECT_EQ(quarantined("image_unusable"), 1);
  EXPECT_EQ(quarantined("unknown_image"), 1);
  EXPECT_EQ(read_records(bench_.output()).value().captions.size(), 3U);
}

TEST_F(Coco, CountsDuplicateIds) {
  corpus_.captions["images"].push_back(corpus_.captions["images"][0]);
  corpus_.captions["annotations"].push_back(caption(1));
  corpus_.instances["annotations"].push_back(box(2));
  const Records records = run();
  EXPECT_EQ(records.images.size(), 3U);
  EXPECT_EQ(quarantined("duplicate_image"), 1);
  EXPECT_EQ(quarantined("duplicate_caption"), 1);
  EXPECT_EQ(quarantined("duplicate_box"), 1);
}

TEST_F(Coco, ClipsBoxesThatReachOutAndRefusesThoseOutside) {
  box(0)["bbox"] = {30, 20, 20, 20};
  box(1)["bbox"] = {40, 0, 5, 5};
  box(2)["bbox"] = {10, 10, -5, 5};
  corpus_.instances["annotations"].push_back(
      {{"id", 1}, {"image_id", 1}, {"category_id", 7}, {"bbox", {1, 2, "3", 4}}});
  corpus_.instances["annotations"].push_back(
      {{"id", 2}, {"image_id", 1}, {"category_id", 8}, {"bbox", {1, 2, 3, 4}}});
  corpus_.instances["annotations"].push_back(
      {{"id", 3}, {"image_id", 77}, {"category_id", 7}, {"bbox", {1, 2, 3, 4}}});
  const Records records = run();
  ASSERT_EQ(records.images[0].regions.size(), 1U);
  EXPECT_EQ(records.images[0].regions[0].box, (std::array<double, 4>{30, 20, 40, 30}));
  EXPECT_EQ(bench_.count("boxes.clipped"), 1);
  EXPECT_EQ(quarantined("box_outside"), 1);
  EXPECT_EQ(quarantined("empty_box"), 1);
  EXPECT_EQ(quarantined("malformed_box"), 1);
  EXPECT_EQ(quarantined("unknown_category"), 1);
  EXPECT_EQ(quarantined("unknown_image"), 1);
}

TEST_F(Coco, LeavesOutCrowdsAndCountsThem) {
  box(0)["iscrowd"] = 1;
  box(0)["segmentation"] = {{"counts", {1, 2}}, {"size", {30, 40}}};
  const Records records = run(PictureIngest{.max_bad_share = 0});
  EXPECT_TRUE(records.images[0].regions.empty());
  EXPECT_EQ(bench_.count("boxes.crowd"), 1);
}

TEST_F(Coco, CountsCaptionsThatAreNoText) {
  caption(0)["caption"] = nullptr;
  caption(1)["caption"] = 42;
  caption(2).erase("caption");
  EXPECT_TRUE(run().captions.empty());
  EXPECT_EQ(quarantined("malformed_caption"), 3);
  EXPECT_EQ(quarantined("no_captions"), 3);
}

TEST_F(Coco, TidiesBlanksAndRefusesBrokenLetters) {
  caption(0)["caption"] = "  A cat \n sits\t\there. ";
  caption(1)["caption"] = " . ";
  corpus_.write(bench_);
  std::string text = read_file(bench_.path("captions_train2014.json")).value();
  text.replace(text.find("Thing 3"), 7, "Thing \xE9");
  bench_.write("captions_train2014.json", text);
  ASSERT_TRUE(bench_.run(run_ingest_coco, kTolerant));
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.captions.size(), 1U);
  EXPECT_EQ(records.captions[0].text, "A cat sits here.");
  EXPECT_EQ(quarantined("empty_caption"), 1);
  EXPECT_EQ(quarantined("invalid_utf8"), 1);
}

TEST_F(Coco, RefusesBoxesOfAPictureOfAnotherSizeUnlessAskedToScale) {
  bench_.write("images/COCO_train2014_000000000001.jpg", jpeg(20, 15));
  EXPECT_TRUE(run().images[0].regions.empty());
  EXPECT_EQ(quarantined("size_mismatch"), 1);
  EXPECT_EQ(bench_.count("images.other_size"), 1);
  ASSERT_TRUE(
      bench_.run(run_ingest_coco, PictureIngest{.max_bad_share = 0, .other_size = "scale"}));
  const Records records = read_records(bench_.output()).value();
  EXPECT_EQ(records.images[0].regions[0].box, (std::array<double, 4>{0.75, 1, 5.75, 11}));
}

TEST_F(Coco, OnlyNotesAnotherSizeWithoutBoxes) {
  corpus_.instances["annotations"].erase(0);
  bench_.write("images/COCO_train2014_000000000001.jpg", jpeg(30, 40));
  EXPECT_EQ(run(PictureIngest{.max_bad_share = 0}).images[0].height, 40);
  EXPECT_EQ(bench_.count("images.other_size"), 1);
}

TEST_F(Coco, KeepsPicturesWithoutCaptionsWhenAsked) {
  corpus_.captions["annotations"].erase(1);
  EXPECT_EQ(run().images.size(), 2U);
  EXPECT_EQ(quarantined("no_captions"), 1);
  ASSERT_TRUE(
      bench_.run(run_ingest_coco, PictureIngest{.max_bad_share = 0, .keep_uncaptioned = true}));
  EXPECT_EQ(read_records(bench_.output()).value().images[1].split, "unlabeled");
}

TEST_F(Coco, CountsBadPicturesWithTheirCaptions) {
  bench_.write("images/COCO_train2014_000000000001.jpg", jpeg(40, 30).substr(0, 300));
  bench_.write("images/COCO_train2014_000000000002.jpg", "<html>gone</html>");
  EXPECT_EQ(run().images.size(), 1U);
  EXPECT_EQ(quarantined("truncated"), 1);
  EXPECT_EQ(quarantined("not_an_image"), 1);
  EXPECT_EQ(quarantined("image_unusable"), 4);  // a caption and a box each
}

TEST_F(Coco, StopsWhenTooMuchIsBadAndShowsExamples) {
  caption(0)["caption"] = "";
  corpus_.write(bench_);
  const Status status = bench_.run(run_ingest_coco, PictureIngest{.max_bad_share = 0.2});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("1 of 3 captions cannot be used, more than max_bad_share 0.2 allows"));
  EXPECT_THAT(status.error().message,
              HasSubstr("captions_train2014.json annotations[0]: 10: empty_caption"));
}

TEST_F(Coco, TakesSplitsFromAKarpathyFile) {
  bench_.write("dataset_coco.json", R"({"dataset": "coco", "images": [
    {"filename": "COCO_train2014_000000000001.jpg", "filepath": "train2014", "cocoid": 1, "split": "test", "sentences": []},
    {"filename": "COCO_train2014_000000000002.jpg", "split": "restval"},
    {"filename": "COCO_train2014_000000000008.jpg", "split": "dev"}]})");
  bench_.input("split", "dataset_coco.json");
  const Records records = run();
  EXPECT_EQ(records.images[0].split, "test");
  EXPECT_EQ(records.images[1].split, "restval");
  EXPECT_EQ(records.images[2].split, "unlabeled");
  EXPECT_EQ(quarantined("malformed_image"), 1);
}

TEST_F(Coco, TakesEverythingElseForTrainingBesideListsOfValAndTest) {
  bench_.write(
      "karpathy_val_images.txt",
      "val2014/COCO_val2014_000000000002.jpg 2\nval2014/COCO_val2014_000000000002.jpg 2\n");
  bench_.input("split", "karpathy_val_images.txt");
  const Records records = run();
  EXPECT_EQ(records.images[0].split, "train");
  EXPECT_EQ(records.images[1].split, "val");
  EXPECT_EQ(quarantined("listed_twice"), 1);
}

TEST_F(Coco, RefusesAPictureInTwoSplits) {
  bench_.write("a_val.txt", "COCO_val2014_000000000002.jpg\n");
  bench_.write("a_test.txt", "000000000002.jpg\n");
  bench_.input("split", "a_val.txt");
  bench_.input("split", "a_test.txt");
  EXPECT_THAT(
      run_failing(),
      HasSubstr(
          "a_test.txt:1: 000000000002.jpg is in split test, but a_val.txt:1 puts it into val"));
}

TEST_F(Coco, FindsAPictureByItsNumberUnderTheOtherName) {
  corpus_.write(bench_);
  std::filesystem::rename(bench_.path("images/COCO_train2014_000000000001.jpg"),
                          bench_.path("images/000000000001.jpg"));
  ASSERT_TRUE(bench_.run(run_ingest_coco, PictureIngest{.max_bad_share = 0}));
  EXPECT_EQ(bench_.count("images.found_by_number"), 1);
}

TEST_F(Coco, RefusesToGuessBetweenTwoFilesOfOneName) {
  bench_.write("images/copy/COCO_train2014_000000000001.jpg", jpeg(40, 30));
  EXPECT_EQ(run().images.size(), 2U);
  EXPECT_EQ(quarantined("ambiguous_file"), 1);
  EXPECT_THAT(read_file(bench_.output() / "quarantine.jsonl").value(),
              HasSubstr("COCO_train2014_000000000001.jpg could be "
                        "images/COCO_train2014_000000000001.jpg and "
                        "images/copy/COCO_train2014_000000000001.jpg"));
}

TEST_F(Coco, TakesTheFirstPicturesOfEachSplit) {
  bench_.write("a_val.txt", "000000000003.jpg\n");
  bench_.input("split", "a_val.txt");
  const Records records = run(PictureIngest{.max_bad_share = 0, .max_images = 1});
  ASSERT_EQ(records.images.size(), 2U);
  EXPECT_EQ(records.images[0].id, "1");
  EXPECT_EQ(records.images[1].split, "val");
  EXPECT_EQ(bench_.count("skipped.max_images"), 1);
}

TEST_F(Coco, GivesTheSameBytesWithAnyNumberOfThreads) {
  (void)run();
  const std::string once = bench_.digest();
  bench_.cores(4);
  ASSERT_TRUE(bench_.run(run_ingest_coco, kTolerant));
  EXPECT_EQ(bench_.digest(), once);
}

}  // namespace
}  // namespace unimo::stages
