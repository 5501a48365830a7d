#include "stages/retrieval/retrieve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/retrieve.h"
#include "tests/stages/stage_bench.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Guesses = std::vector<std::pair<std::uint16_t, float>>;

struct Picture {
  std::string id, split;
  Guesses guesses;                      // one region each
  std::vector<float> feature = {1, 0};  // of all its regions
};

class Retrieve : public testing::Test {
 protected:
  Retrieve() {
    params_.texts.min_words = 2;
    params_.images.count = params_.texts.count = params_.sentences.count = 3;
  }

  // Two captions a picture: "<word> <number> runs" and "<word> <number> sits".
  void add_captions(const std::vector<Picture>& pictures, const std::string& name = "captions") {
    auto writer = RecordsWriter::create(bench_.path(name), "flickr").value();
    for (const Picture& picture : pictures) {
      ASSERT_TRUE(writer.add_image(
          {.id = picture.id, .width = 10, .height = 10, .split = picture.split}, "bytes", "jpg"));
      for (const char* verb : {"runs", "sits"}) {
        ASSERT_TRUE(writer.add_caption({.id = picture.id + "#" + verb,
                                        .image = picture.id,
                                        .text = fmt::format("the dog {} {}", picture.id, verb)}));
      }
    }
    ASSERT_TRUE(writer.finish(Quarantine()));
    bench_.input("captions", name);
  }

  void add_regions(const std::vector<Picture>& pictures, const std::string& name = "regions",
                   std::vector<std::string> classes = {"wall", "dog", "cat", "ball"}) {
    std::filesystem::create_directories(bench_.path(name));
    const trainer::RegionsInfo info{.extractor = "test",
                                    .feature_size = 2,
                                    .classes = std::move(classes),
                                    .images = pictures.size()};
    ASSERT_TRUE(write_json(bench_.path(name) / "regions.json", trainer::to_json(info)));
    auto writer =
        trainer::ShardWriter::create(bench_.path(name) / "regions.shard", {{"schema", "regions"}})
            .value();
    for (const Picture& picture : pictures) {
      trainer::RegionRecord record{.id = picture.id,
                                   .split = picture.split,
                                   .width = 10,
                                   .height = 10,
                                   .feature_size = 2,
                                   .top_k = 1};
      for (const auto& [cls, probability] : picture.guesses) {
        ++record.count;
        record.boxes.insert(record.boxes.end(), {0, 0, 1, 1});
        record.features.insert(record.features.end(), picture.feature.begin(),
                               picture.feature.end());
        record.classes.push_back(cls);
        record.probabilities.push_back(probability);
      }
      ASSERT_TRUE(writer.add(trainer::encode_regions(record).value()));
    }
    ASSERT_TRUE(writer.finish());
    bench_.input("regions", name);
  }

  void add_texts() {
    auto writer = RecordsWriter::create(bench_.path("texts"), "bookwiki").value();
    ASSERT_TRUE(writer.add_text({.id = "t1", .text = "The dog sleeps.", .split = "train"}));
    ASSERT_TRUE(writer.add_text({.id = "t2", .text = "The dog of val sleeps.", .split = "val"}));
    const std::string text = "A cat sleeps. The dog runs home. The dog sleeps.";
    ASSERT_TRUE(writer.add_document({.id = "d1",
                                     .title = "Dogs",
                                     .text = text,
                                     .sentences = {{0, 13}, {14, 32}, {33, 48}},
                                     .split = "train"}));
    ASSERT_TRUE(writer.finish(Quarantine()));
    bench_.input("texts", "texts");
  }

  void only(bool images, bool texts, bool sentences) {
    params_.images.enabled = images;
    params_.texts.enabled = texts;
    params_.sentences.enabled = sentences;
  }
  void run() {
    const Status status = bench_.run(run_retrieve, params_);
    ASSERT_TRUE(status.has_value()) << status.error().message;
  }
  std::string error() {
    const Status status = bench_.run(run_retrieve, params_);
    return status ? "" : status.error().message;
  }
  std::vector<Json> lines(const std::string& name) {
    std::vector<Json> all;
    const auto texts = read_lines(bench_.output() / name).value();
    for (const std::string& line : texts) all.push_back(parse_json(line, name).value());
    return all;
  }
  Json statistics() { return read_json(bench_.output() / "statistics.json").value(); }

  StageBench bench_;
  RetrieveParams params_;
  // Walls are everywhere; c has a dog as a has, b another thing; d is not to be found.
  std::vector<Picture> pictures_ = {{"a", "train", {{0, 0.9F}, {1, 0.8F}}},
                                    {"b", "train", {{0, 0.9F}, {2, 0.8F}}},
                                    {"c", "train", {{0, 0.5F}, {1, 0.8F}}},
                                    {"d", "val", {{0, 0.9F}, {1, 0.8F}}}};
};

TEST_F(Retrieve, GivesEveryCaptionTheImagesWithTheSameObjects) {
  add_captions(pictures_);
  add_regions(pictures_);
  only(true, false, false);
  run();
  const auto contrasts = lines("contrasts.jsonl");
  ASSERT_EQ(contrasts.size(), 6U);  // none of val
  EXPECT_EQ(contrasts[0].dump(), R"({"caption":"a#runs","related_images":["c","b"]})");
  EXPECT_EQ(contrasts[1]["caption"], "a#sits");
  const Json near = lines("neighbours.jsonl")[0];
  EXPECT_EQ(near["image"], "a");
  EXPECT_EQ(near["images"][0][0], "c");
  EXPECT_GT(near["images"][0][1].get<double>(), near["images"][1][1].get<double>());
  EXPECT_EQ(statistics()["images"]["collection"], 4);
  EXPECT_EQ(statistics()["images"]["findable"], 3);
  EXPECT_EQ(statistics()["captions"]["other_splits"], 2);
  EXPECT_FALSE(statistics().contains("texts"));
  EXPECT_EQ(bench_.count("images.neighbours"), 6);
}

TEST_F(Retrieve, LeavesOutImagesOfTheListsOfExclusion) {
  add_captions(pictures_);
  add_regions(pictures_);
  bench_.write("exclude.txt", "c\n");
  bench_.input("exclude", "exclude.txt");
  only(true, false, false);
  run();
  ASSERT_EQ(lines("contrasts.jsonl").size(), 4U);
  EXPECT_THAT(lines("contrasts.jsonl")[0]["related_images"], ElementsAre("b"));
}

TEST_F(Retrieve, OrdersTheImagesAnewByTheirFeatures) {
  pictures_[1].feature = {1, 0.1F};
  pictures_[2].feature = {0, 1};
  add_captions(pictures_);
  add_regions(pictures_);
  only(true, false, false);
  params_.images.reranked = 3;
  run();
  EXPECT_THAT(lines("contrasts.jsonl")[0]["related_images"], ElementsAre("b", "c"));
}

TEST_F(Retrieve, TellsOfImagesWithoutRegionsAndWithoutObjects) {
  add_captions(pictures_);
  pictures_[1].guesses = {{0, 0.05F}};  // below min_probability
  pictures_.erase(pictures_.begin());
  add_regions(pictures_);
  only(true, false, false);
  run();
  EXPECT_EQ(statistics()["images"]["queries_without_regions"], 1);
  EXPECT_EQ(statistics()["images"]["without_objects"], 1);
  EXPECT_EQ(statistics()["images"]["empty_lists"], 2);
}

TEST_F(Retrieve, GivesEveryCaptionTheNearestSentences) {
  add_captions(pictures_);
  add_texts();
  only(false, true, false);
  run();
  const auto contrasts = lines("contrasts.jsonl");
  ASSERT_EQ(contrasts.size(), 6U);
  EXPECT_THAT(contrasts[0]["related_texts"],
              ElementsAre("The dog runs home.", "A cat sleeps.", "The dog sleeps."));
  const Json near = lines("neighbours.jsonl")[0];
  EXPECT_EQ(near["caption"], "a#runs");
  EXPECT_EQ(near["texts"][0][0], "d1\t1");
  EXPECT_EQ(near["texts"][1][0], "d1\t0");
  EXPECT_EQ(near["texts"][2][0], "t1");
  EXPECT_EQ(statistics()["texts"]["sentences"], 3);
  EXPECT_EQ(statistics()["texts"]["repeated"], 1);
}

TEST_F(Retrieve, LeavesOutTheTextsThatBenchmarksTestOn) {
  add_captions(pictures_);
  add_texts();
  bench_.write("exclude_texts.txt", "t1\nd1\t1\n");
  bench_.input("exclude_texts", "exclude_texts.txt");
  only(false, true, false);
  run();
  EXPECT_EQ(lines("neighbours.jsonl")[0]["texts"][0][0], "d1\t2");
  EXPECT_EQ(statistics()["texts"]["excluded"], 2);
}

TEST_F(Retrieve, GivesCaptionsOfOtherImagesWithTheirScores) {
  add_captions(pictures_);
  only(false, false, true);
  run();
  EXPECT_THAT(lines("contrasts.jsonl"), IsEmpty());
  const Json near = lines("neighbours.jsonl")[0];
  EXPECT_EQ(near["caption"], "a#runs");
  EXPECT_EQ(near["captions"][0][0], "b#runs");
  EXPECT_EQ(near["captions"][1][0], "c#runs");
}

TEST_F(Retrieve, WritesTheSameBytesOnAnyNumberOfThreads) {
  std::vector<Picture> many;
  for (int i = 0; i < 300; ++i)
    many.push_back(
        {fmt::format("p{}", i),
         "train",
         {{static_cast<std::uint16_t>(i % 4), 0.5F}, {static_cast<std::uint16_t>(i % 3), 0.7F}}});
  add_captions(many);
  add_regions(many);
  add_texts();
  only(true, true, true);
  std::vector<std::string> bytes;
  for (const int cores : {1, 3}) {
    bench_.cores(cores);
    run();
    std::string all;
    for (const char* name : {"contrasts.jsonl", "neighbours.jsonl", "statistics.json"})
      all += read_file(bench_.output() / name).value();
    bytes.push_back(std::move(all));
  }
  EXPECT_EQ(bytes[0], bytes[1]);
  EXPECT_GT(bytes[0].size(), 10'000U);
}

TEST_F(Retrieve, RefusesPartsWithoutTheirInput) {
  add_captions(pictures_);
  only(true, false, false);
  EXPECT_THAT(error(), AllOf(HasSubstr("images needs the input regions"),
                             HasSubstr("images.enabled to false")));
  only(false, true, false);
  EXPECT_THAT(error(), HasSubstr("texts needs the input texts"));
  only(false, false, false);
  EXPECT_THAT(error(), HasSubstr("enable one of them"));
}

TEST_F(Retrieve, RefusesSplitsAndPoolsThatMakeNoSense) {
  add_captions(pictures_);
  only(false, false, true);
  params_.splits = {"trian"};
  EXPECT_THAT(error(), HasSubstr("unknown split \"trian\""));
  params_.splits = {};
  EXPECT_THAT(error(), HasSubstr("splits is empty"));
  params_.splits = {"train"};
  params_.images.reranked = 2;
  EXPECT_THAT(error(), HasSubstr("images.reranked is 2"));
}

TEST_F(Retrieve, RefusesATruncatedShard) {
  add_captions(pictures_);
  add_regions(pictures_);
  only(true, false, false);
  const auto shard = bench_.path("regions") / "regions.shard";
  std::filesystem::resize_file(shard, std::filesystem::file_size(shard) - 40);
  EXPECT_THAT(error(), HasSubstr("regions.shard"));
}

TEST_F(Retrieve, RefusesAClassThatTheRegionsDoNotName) {
  add_captions(pictures_);
  add_regions(pictures_, "regions", {"wall", "dog"});
  only(true, false, false);
  EXPECT_THAT(error(), AllOf(HasSubstr("regions.shard: record 1"), HasSubstr("image b has class 2"),
                             HasSubstr("below 2")));
}

TEST_F(Retrieve, RefusesRegionsOfTwoExtractorsAndPicturesThatAreThereTwice) {
  add_captions(pictures_);
  add_regions(pictures_);
  add_regions({{"e", "train", {{0, 0.9F}}}}, "other", {"wall", "dog", "cat", "bat"});
  only(true, false, false);
  EXPECT_THAT(error(), HasSubstr("one extractor"));
}

TEST_F(Retrieve, RefusesAPictureWithRegionsInTwoArtifacts) {
  add_captions(pictures_);
  add_regions(pictures_);
  add_regions({{"a", "train", {{0, 0.9F}}}}, "other");
  only(true, false, false);
  EXPECT_THAT(error(), HasSubstr("image a has regions already"));
}

TEST_F(Retrieve, RefusesRegionsWithoutClasses) {
  add_captions(pictures_);
  for (Picture& picture : pictures_) picture.guesses.clear();
  add_regions(pictures_);
  only(true, false, false);
  EXPECT_THAT(error(), HasSubstr("no classes"));
}

TEST_F(Retrieve, RefusesAnImageOfTwoArtifacts) {
  add_captions(pictures_);
  add_captions({pictures_[0]}, "again");
  only(false, false, true);
  EXPECT_THAT(error(), AllOf(HasSubstr("again"), HasSubstr("image a is there already")));
}

}  // namespace
}  // namespace unimo::stages
