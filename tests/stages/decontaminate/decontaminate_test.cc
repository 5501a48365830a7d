#include "stages/decontaminate/decontaminate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <random>

#include "orchestrator/base/file.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/decontaminate.h"
#include "tests/stages/decontaminate/planted.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kStory =
    "The old man who lived by the sea had never once seen the snow fall on the harbour.";

std::string picture(std::uint64_t seed, int quality = 95) {
  std::mt19937_64 random(seed);
  cv::Mat image(120, 160, CV_8UC3, cv::Scalar(90, 120, 150));
  const auto below = [&](int bound) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
  };
  for (int i = 0; i < 40; ++i) {
    const cv::Rect box(below(160), below(120), 8 + below(50), 8 + below(40));
    cv::rectangle(image, box, cv::Scalar(below(256), below(256), below(256)), cv::FILLED);
  }
  return planted::encode(image, quality);
}

class Decontaminate : public testing::Test {
 protected:
  struct Picture {
    std::string id, split, bytes;
    std::vector<std::string> same_as = {};
  };

  RecordsWriter records(const std::string& name, const std::string& source) {
    return RecordsWriter::create(bench_.path(name), source).value();
  }

  void finish(RecordsWriter& writer, const std::string& input, const std::string& name) {
    ASSERT_TRUE(writer.finish(Quarantine()));
    bench_.input(input, name);
  }

  void add_pictures(const std::string& input, const std::string& source,
                    const std::vector<Picture>& pictures) {
    const std::string name = input + "-" + source;
    auto writer = records(name, source);
    for (const Picture& one : pictures) {
      ASSERT_TRUE(writer.add_image(
          {.id = one.id, .width = 160, .height = 120, .split = one.split, .same_as = one.same_as},
          one.bytes, "jpg"));
    }
    finish(writer, input, name);
  }

  void add_story() {
    auto writer = records("coqa", "coqa");
    ASSERT_TRUE(writer.add_example({.id = "s1", .split = "test", .parts = {{"story", kStory}}}));
    ASSERT_TRUE(writer.add_example(
        {.id = "s2",
         .split = "train",
         .parts = {{"story",
                    "Nobody may mind that this long story of the training part is read "
                    "in many other places too."}}}));
    finish(writer, "benchmarks", "coqa");
  }

  void run() {
    const Status status = bench_.run(run_decontaminate, params_);
    ASSERT_TRUE(status.has_value()) << status.error().message;
  }
  std::string error() {
    const Status status = bench_.run(run_decontaminate, params_);
    return status ? "" : status.error().message;
  }
  std::vector<std::string> lines(const std::string& name) {
    return read_lines(bench_.output() / name).value();
  }
  Json summary() { return read_json(bench_.output() / "decontamination.json").value(); }

  StageBench bench_;
  DecontaminateParams params_;
};

TEST_F(Decontaminate, PicturesGoByNameByBytesAndByLook) {
  add_pictures(
      "benchmarks", "coco",
      {{"139", "test", picture(1)}, {"285", "train", picture(2)}, {"632", "val", picture(3)}});
  add_pictures("pairs", "sbu",
               {{"sbu_1", "train", picture(1)},      // the same bytes
                {"sbu_2", "train", picture(2)},      // of the training part
                {"sbu_3", "train", picture(3, 50)},  // encoded anew
                {"sbu_4", "train", picture(4)}});    // nobody's
  add_pictures("pairs", "visual_genome",
               {{"vg7", "train", picture(5), {"coco:139"}}, {"vg139", "train", picture(6)}});
  run();
  EXPECT_THAT(lines("exclude.txt"), ElementsAre("sbu_1", "sbu_3", "vg7"));
  EXPECT_THAT(lines("exclude_texts.txt"), IsEmpty());
  EXPECT_EQ(bench_.count("leaks.pictures.same_bytes"), 1);
  EXPECT_EQ(bench_.count("leaks.pictures.looks_alike"), 1);
  EXPECT_EQ(bench_.count("leaks.pictures.same_name"), 1);
  EXPECT_EQ(bench_.count("removed.pictures"), 3);
  EXPECT_EQ(bench_.count("checked.pictures"), 6);
  EXPECT_EQ(bench_.count("held_out.pictures"), 2);
  const Json line = parse_json(lines("removed_images.jsonl")[1], "line").value();
  EXPECT_EQ(line["held_out"], "632");
  EXPECT_EQ(line["reason"], "looks_alike");
  EXPECT_GT(line["correlation"].get<double>(), 0.9);
}

TEST_F(Decontaminate, HundredSameNamesAreFoundAcrossSpellings) {
  std::vector<Picture> held, pairs;
  for (std::uint64_t i = 0; i < 100; ++i) {
    held.push_back({std::to_string(1000268201 + i), "test", "not read"});
    pairs.push_back({fmt::format("{}_693b08cb0e", 1000268201 + i), "train", "not read"});
    pairs.push_back({fmt::format("{}_693b08cb0e", 2000268201 + i), "train", "not read"});
  }
  params_.bytes = params_.looks = false;
  add_pictures("benchmarks", "flickr30k", held);
  add_pictures("pairs", "flickr8k", pairs);
  run();
  EXPECT_EQ(lines("exclude.txt").size(), 100U);
  EXPECT_EQ(bench_.count("leaks.pictures.same_name"), 100);
}

TEST_F(Decontaminate, HundredSameBytesAreFoundUnderOtherNames) {
  std::vector<Picture> held, pairs;
  for (std::uint64_t i = 0; i < 100; ++i) {
    held.push_back({fmt::format("h{}", i), "test", picture(i)});
    pairs.push_back({fmt::format("p{}", i), "train", picture(i)});
    pairs.push_back({fmt::format("q{}", i), "train", picture(1000 + i)});
  }
  params_.names = params_.looks = false;
  add_pictures("benchmarks", "coco", held);
  add_pictures("pairs", "sbu", pairs);
  run();
  EXPECT_EQ(bench_.count("leaks.pictures.same_bytes"), 100);
  EXPECT_THAT(lines("exclude.txt"), AllOf(SizeIs(100), Each(StartsWith("p"))));
}

TEST_F(Decontaminate, ListsHoldPicturesOut) {
  bench_.write("karpathy_test_images.txt", "val2014/COCO_val2014_000000000139.jpg 139\n\n");
  bench_.write("flickr30k_test.lst", "36979\n");
  bench_.input("ids", "karpathy_test_images.txt");
  bench_.input("ids", "flickr30k_test.lst");
  add_pictures("pairs", "coco", {{"139", "train", picture(1)}, {"36979", "train", picture(2)}});
  add_pictures("pairs", "flickr", {{"36979_0123456789", "train", picture(3)}});
  run();
  EXPECT_THAT(lines("exclude.txt"), ElementsAre("139", "36979_0123456789"));
  EXPECT_EQ(summary()["leaks"][0]["benchmark"], "karpathy_test_images");
}

TEST_F(Decontaminate, PictureOfAHeldOutQuestionIsHeldOut) {
  auto writer = records("vqa", "vqa");
  ASSERT_TRUE(writer.add_example(
      {.id = "1", .split = "val", .image = "139", .parts = {{"question", "What is it?"}}}));
  ASSERT_TRUE(writer.add_example(
      {.id = "2", .split = "train", .image = "285", .parts = {{"question", "What is it?"}}}));
  finish(writer, "benchmarks", "vqa");
  add_pictures("pairs", "coco", {{"139", "train", picture(1)}, {"285", "train", picture(2)}});
  run();
  EXPECT_THAT(lines("exclude.txt"), ElementsAre("139"));
}

TEST_F(Decontaminate, TextsAndSentencesWithWordsOfATestStoryGo) {
  add_story();
  auto writer = records("web", "openwebtext");
  ASSERT_TRUE(writer.add_text({.id = "t1", .text = kStory, .split = "train"}));
  ASSERT_TRUE(writer.add_text({.id = "t2", .text = "Something else.", .split = "train"}));
  const std::string first = "Fine day. ", last = " It was late.";
  ASSERT_TRUE(writer.add_document(
      {.id = "d1",
       .text = first + kStory + last,
       .sentences = {{0, 9},
                     {10, 10 + std::string_view(kStory).size()},
                     {11 + std::string_view(kStory).size(),
                      first.size() + std::string_view(kStory).size() + last.size()}},
       .split = "train"}));
  finish(writer, "texts", "web");
  run();
  EXPECT_THAT(lines("exclude_texts.txt"), ElementsAre("t1", "d1\t1"));
  EXPECT_EQ(bench_.count("removed.sentences"), 1);
  EXPECT_EQ(bench_.count("removed.texts"), 1);
  params_.remove_text = "documents";
  run();
  EXPECT_THAT(lines("exclude_texts.txt"), ElementsAre("t1", "d1"));
  params_.remove_text = "nothing";
  run();
  EXPECT_THAT(lines("exclude_texts.txt"), IsEmpty());
  EXPECT_EQ(lines("leaking_texts.jsonl").size(), 2U);
  EXPECT_EQ(bench_.count("leaks.documents.same_words"), 1);
}

TEST_F(Decontaminate, WordsAcrossSentencesRemoveBothAndWordsInNoSentenceRemoveAll) {
  add_story();
  auto writer = records("web", "openwebtext");
  const std::string text(kStory);
  const std::size_t middle = text.find("had");
  ASSERT_TRUE(writer.add_document({.id = "both",
                                   .text = text,
                                   .sentences = {{0, middle - 1}, {middle, text.size()}},
                                   .split = "train"}));
  ASSERT_TRUE(writer.add_document({.id = "heading", .text = text, .split = "train"}));
  finish(writer, "texts", "web");
  run();
  EXPECT_THAT(lines("exclude_texts.txt"), ElementsAre("both\t0", "both\t1", "heading"));
}

TEST_F(Decontaminate, SummaryAndTableNameWhatWentAndWhy) {
  add_pictures("benchmarks", "coco", {{"139", "test", picture(1)}});
  add_pictures("pairs", "sbu", {{"sbu|1", "train", picture(1, 60)}});
  run();
  const Json json = summary();
  EXPECT_EQ(json["format"], "unimo.decontamination");
  EXPECT_EQ(json["removed"]["pictures"], 1);
  EXPECT_EQ(json["thresholds"]["words"], 13);
  ASSERT_EQ(json["leaks"].size(), 1U);
  EXPECT_EQ(json["leaks"][0]["corpus"], "sbu");
  EXPECT_EQ(json["leaks"][0]["count"], 1);
  const std::string table = read_file(bench_.output() / "decontamination.md").value();
  EXPECT_THAT(table, AllOf(HasSubstr("| pictures | looks\\_alike | sbu | coco | 1 |"),
                           HasSubstr("sbu\\|1"), HasSubstr("correlation")));
}

TEST_F(Decontaminate, ResultDoesNotDependOnThreads) {
  std::vector<Picture> held, pairs;
  for (std::uint64_t i = 0; i < 12; ++i) {
    held.push_back({std::to_string(i), "test", picture(i)});
    pairs.push_back({"p" + std::to_string(i), "train", picture(i + 6, 70)});
  }
  add_pictures("benchmarks", "coco", held);
  add_pictures("pairs", "sbu", pairs);
  bench_.cores(1);
  run();
  EXPECT_EQ(lines("exclude.txt").size(), 6U);
  const std::string one = bench_.digest();
  bench_.cores(4);
  run();
  EXPECT_EQ(bench_.digest(), one);
}

TEST_F(Decontaminate, PictureThatCannotBeDecodedIsQuarantined) {
  add_pictures("benchmarks", "coco", {{"139", "test", picture(1)}});
  add_pictures("pairs", "sbu", {{"sbu_1", "train", "no picture"}, {"sbu_2", "train", picture(2)}});
  EXPECT_THAT(error(), AllOf(HasSubstr("undecodable"), HasSubstr("sbu_1")));
  params_.max_bad_share = 0.5;
  run();
  EXPECT_EQ(bench_.count("quarantine.undecodable"), 1);
  EXPECT_THAT(lines("quarantine.jsonl")[0], HasSubstr("sbu_1"));
}

TEST_F(Decontaminate, CutTarFileStopsWithItsName) {
  add_pictures("benchmarks", "coco", {{"139", "test", picture(1)}});
  add_pictures("pairs", "sbu", {{"sbu_1", "train", picture(2)}});
  std::filesystem::resize_file(bench_.path("pairs-sbu") / "images-000000.tar", 600);
  EXPECT_THAT(error(), AllOf(HasSubstr("sbu_1"), HasSubstr("images-000000.tar")));
}

TEST_F(Decontaminate, IdThatNoListCanNameIsAnError) {
  add_pictures("benchmarks", "coco", {{"139", "test", picture(1)}});
  add_pictures("pairs", "sbu", {{"a\nb", "train", picture(1)}});
  EXPECT_THAT(error(), AllOf(HasSubstr("a\\nb"), HasSubstr("line end")));
}

TEST_F(Decontaminate, PackedListIsRefused) {
  bench_.write("ids.txt", std::string("\x1F\x8B\x08\0\0\0\0\0", 8));
  bench_.input("ids", "ids.txt");
  add_pictures("pairs", "sbu", {{"1", "train", picture(1)}});
  EXPECT_THAT(error(), AllOf(HasSubstr("ids.txt:1"), HasSubstr("unpack")));
}

TEST_F(Decontaminate, MissingInputsAreNamed) {
  EXPECT_THAT(error(), HasSubstr("neither an input pairs nor an input texts"));
  add_pictures("pairs", "sbu", {{"1", "train", picture(1)}});
  EXPECT_THAT(error(), HasSubstr("nothing is held out"));
}

TEST_F(Decontaminate, UnknownSplitIsNamed) {
  add_pictures("pairs", "sbu", {{"1", "train", picture(1)}});
  add_pictures("benchmarks", "coco", {{"139", "test", picture(1)}});
  params_.splits = {"tset"};
  EXPECT_THAT(error(), HasSubstr("unknown split \"tset\""));
}

TEST_F(Decontaminate, NothingFoundLeavesEmptyLists) {
  add_pictures("benchmarks", "coco", {{"139", "test", picture(1)}});
  add_pictures("pairs", "sbu", {{"1", "train", picture(2)}});
  run();
  EXPECT_THAT(lines("exclude.txt"), IsEmpty());
  EXPECT_THAT(lines("exclude_texts.txt"), IsEmpty());
  EXPECT_TRUE(summary()["leaks"].empty());
}

}  // namespace
}  // namespace unimo::stages
