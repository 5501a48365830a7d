#include "stages/rewrites/rewrites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/rewrites.h"
#include "tests/evaluators/wordnet_folder.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Rewrites : public testing::Test {
 protected:
  // Pictures of animals; every sixth is of the test split.
  void add_animals(const std::string& name, const std::string& prefix = "") {
    auto writer = RecordsWriter::create(bench_.path(name), "coco").value();
    int number = 0;
    for (const std::string animal : {"dog", "cat", "horse", "cow", "zebra"}) {
      for (const std::string colour : {"black", "red", "orange", "blue"}) {
        for (const std::string verb : {"runs", "sits", "sleeps"}) {
          for (int copy = 0; copy < 6; ++copy) {
            add(writer, prefix + std::to_string(number++), copy == 5 ? "test" : "train",
                {"A " + colour + " " + animal + " " + verb + " on a bench",
                 "The " + animal + " is \"" + colour + "\""});
          }
        }
      }
    }
    finish(writer, name);
  }

  static void add(RecordsWriter& writer, const std::string& image, const std::string& split,
                  const std::vector<std::string>& captions) {
    ASSERT_TRUE(
        writer.add_image({.id = image, .width = 10, .height = 10, .split = split}, "x", "jpg"));
    for (std::size_t i = 0; i < captions.size(); ++i) {
      ASSERT_TRUE(writer.add_caption(
          {.id = image + "#" + std::to_string(i), .image = image, .text = captions[i]}));
    }
  }
  void finish(RecordsWriter& writer, const std::string& name) {
    ASSERT_TRUE(writer.finish(Quarantine()));
    bench_.input("captions", name);
  }

  void run() {
    const Status status = bench_.run(run_rewrites, params_);
    ASSERT_TRUE(status.has_value()) << status.error().message;
  }
  std::string error() {
    const Status status = bench_.run(run_rewrites, params_);
    return status ? "" : status.error().message;
  }
  std::vector<Json> lines(const std::string& name) {
    std::vector<Json> all;
    const auto texts = read_lines(bench_.output() / name).value();
    for (const std::string& text : texts) all.push_back(parse_json(text, name).value());
    return all;
  }
  Json statistics() { return read_json(bench_.output() / "statistics.json").value(); }
  std::string digest() { return tree_digest(hash_tree(bench_.output()).value()); }

  StageBench bench_;
  RewritesParams params_;
};

TEST_F(Rewrites, WritesWhatPackReads) {
  add_animals("coco");
  run();
  const auto contrasts = lines("contrasts.jsonl");
  ASSERT_FALSE(contrasts.empty());
  for (const Json& line : contrasts) {
    EXPECT_TRUE(line.at("caption").is_string());
    for (const auto& [key, value] : line.items())
      EXPECT_TRUE(key == "caption" || key == "word_negatives" || key == "phrase_negatives") << key;
  }
  EXPECT_GT(bench_.count("rewrites.word"), 0);
  EXPECT_GT(bench_.count("rewrites.phrase"), 0);
}

TEST_F(Rewrites, RecordsNodeAndReplacementOfEachRewrite) {
  add_animals("coco");
  run();
  const auto contrasts = lines("contrasts.jsonl");
  const auto rewrites = lines("rewrites.jsonl");
  ASSERT_EQ(contrasts.size(), rewrites.size());
  for (std::size_t i = 0; i < contrasts.size(); ++i) {
    EXPECT_EQ(contrasts[i]["caption"], rewrites[i]["caption"]);
    for (const auto& [texts, replaced] :
         {std::pair("word_negatives", "words"), std::pair("phrase_negatives", "phrases")}) {
      ASSERT_EQ(contrasts[i].contains(texts), rewrites[i].contains(replaced));
      if (!contrasts[i].contains(texts)) continue;
      ASSERT_EQ(contrasts[i][texts].size(), rewrites[i][replaced].size());
      const std::string put_in = rewrites[i][replaced][0][1];
      EXPECT_THAT(contrasts[i][texts][0].get<std::string>(), HasSubstr(put_in));
    }
  }
}

TEST_F(Rewrites, TakesOnlyTheSplitsThatAreNamed) {
  add_animals("coco");
  run();
  EXPECT_EQ(statistics()["captions"], 600);
  EXPECT_EQ(statistics()["captions_of_split"], (Json{{"train", 600}}));
  params_.splits = {"test"};
  run();
  EXPECT_EQ(statistics()["captions"], 120);
}

TEST_F(Rewrites, LeavesOutALevelThatIsOff) {
  add_animals("coco");
  params_.word = false;
  run();
  EXPECT_EQ(bench_.count("rewrites.word"), 0);
  EXPECT_GT(bench_.count("rewrites.phrase"), 0);
  params_.word = true;
  params_.phrase = false;
  params_.word_count = 3;
  run();
  EXPECT_EQ(bench_.count("rewrites.phrase"), 0);
  for (const Json& line : lines("contrasts.jsonl")) EXPECT_LE(line["word_negatives"].size(), 3U);
}

TEST_F(Rewrites, WritesTheSameBytesOnAnyNumberOfThreads) {
  add_animals("coco");
  bench_.cores(1);
  run();
  const std::string one = digest();
  for (const int cores : {2, 5}) {
    bench_.cores(cores);
    run();
    EXPECT_EQ(digest(), one) << cores;
  }
  bench_.seed(99);
  run();
  EXPECT_NE(digest(), one);
}

TEST_F(Rewrites, ReadsSeveralArtifacts) {
  add_animals("coco");
  add_animals("genome", "vg");
  run();
  EXPECT_EQ(statistics()["captions"], 1200);
}

TEST_F(Rewrites, RefusesCaptionsOfOneId) {
  add_animals("coco");
  add_animals("again");
  EXPECT_THAT(error(), HasSubstr("a caption 0#0 was there before"));
}

TEST_F(Rewrites, AnswersACorpusWithoutCaptions) {
  auto writer = RecordsWriter::create(bench_.path("empty"), "coco").value();
  add(writer, "1", "train", {});
  finish(writer, "empty");
  run();
  EXPECT_EQ(statistics()["captions"], 0);
  EXPECT_THAT(lines("contrasts.jsonl"), IsEmpty());
}

TEST_F(Rewrites, CountsCaptionsThatItCannotUse) {
  auto writer = RecordsWriter::create(bench_.path("odd"), "coco").value();
  add(writer, "1", "train",
      {"...", "\xF0\x9F\x90\xB6", "Run fast!", "\xD0\xBA\xD0\xBE\xD1\x82", ""});
  finish(writer, "odd");
  run();
  EXPECT_EQ(bench_.count("captions"), 5);
  EXPECT_EQ(bench_.count("captions.without_rewrites"), 5);
  EXPECT_GE(bench_.count("captions.without_object"), 2);
}

TEST_F(Rewrites, RefusesParametersThatAskForNothing) {
  add_animals("coco");
  params_.splits = {"training"};
  EXPECT_THAT(error(), HasSubstr("unknown split \"training\""));
  params_.splits = {};
  EXPECT_THAT(error(), HasSubstr("splits is empty"));
  params_ = {};
  params_.word = params_.phrase = false;
  EXPECT_THAT(error(), HasSubstr("word and phrase are both off"));
}

TEST_F(Rewrites, RefusesAVocabularyWithoutWords) {
  add_animals("coco");
  bench_.write("objects.txt", " ,\n\n");
  bench_.input("objects", "objects.txt");
  EXPECT_THAT(error(), HasSubstr("objects.txt: no words"));
}

TEST_F(Rewrites, TakesVisualGenomesVocabularies) {
  const std::filesystem::path genome = std::filesystem::path(UNIMO_SHARED_DATA) / "genome";
  if (!std::filesystem::exists(genome / "objects_vocab.txt"))
    GTEST_SKIP() << "no vocabularies below " << genome.string();
  add_animals("coco");
  for (const std::string name : {"objects", "attributes", "relations"})
    bench_.input(name, genome / (name + "_vocab.txt"));
  run();
  EXPECT_GT(bench_.count("rewrites.word"), 0);
}

TEST_F(Rewrites, RefusesAFolderThatIsNoWordNet) {
  add_animals("coco");
  bench_.write("wordnet/index.noun", "x");
  bench_.input("wordnet", "wordnet");
  EXPECT_THAT(error(), HasSubstr("index.noun:1"));
}

TEST_F(Rewrites, ShowsExamplesWithTheNewWordsMarked) {
  add_animals("coco");
  run();
  const std::string page = read_file(bench_.output() / "rewrites.md").value();
  EXPECT_THAT(page, HasSubstr("- word: "));
  EXPECT_THAT(page, HasSubstr("- phrase: "));
  EXPECT_THAT(page, HasSubstr("**"));
}

}  // namespace
}  // namespace unimo::stages
