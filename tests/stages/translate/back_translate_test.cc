#include "stages/translate/back_translate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "orchestrator/base/json.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/translate/back_translation.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using ::testing::HasSubstr;

TEST(NormalisedSentence, ForgetsCaseMarksAndBlanks) {
  EXPECT_EQ(normalised_sentence("  A Dog,\truns.  "), "a dog runs");
  EXPECT_EQ(normalised_sentence("a dog runs"), "a dog runs");
  EXPECT_EQ(normalised_sentence("\xC3\x89t\xC3\xA9!"), "\xC3\xA9t\xC3\xA9");
  EXPECT_EQ(normalised_sentence("... \xE2\x80\x94"), "");
  EXPECT_NE(normalised_sentence("a dog runs"), normalised_sentence("a dog ran"));
}

const std::vector<std::string> kCaptions = {"A red ball on the grass.", "A blue box in the snow.",
                                            "The box holds a red ball.", "A tree and a ball.",
                                            "Two things: a box, a tree."};

// A translator with random weights that knows these captions' words.
void write_random_translator(const std::filesystem::path& folder, std::uint64_t seed,
                             const std::string& from, const std::string& to) {
  std::filesystem::create_directories(folder);
  const auto vocabulary =
      trainer::TranslationVocabulary::train(kCaptions, kCaptions, {.size = 60}).value();
  const trainer::Translator model({.encoder_layers = 1,
                                   .decoder_layers = 1,
                                   .hidden = 32,
                                   .heads = 2,
                                   .ffn = 32,
                                   .source_vocabulary = vocabulary.source_size(),
                                   .target_vocabulary = vocabulary.target_size(),
                                   .positions = 40,
                                   .init_deviation = 0.3},
                                  seed);
  EXPECT_TRUE(trainer::save_translator(folder, model, vocabulary,
                                       {.source_language = from, .target_language = to}));
}

class BackTranslateStage : public ::testing::Test {
 protected:
  BackTranslateStage() {
    auto writer = RecordsWriter::create(bench_.path("records"), "coco").value();
    for (const char* split : {"train", "test"}) {
      EXPECT_TRUE(
          writer.add_image({.id = split, .width = 8, .height = 8, .split = split}, "bytes", "jpg"));
      for (std::size_t i = 0; i < kCaptions.size(); ++i)
        EXPECT_TRUE(writer.add_caption(
            {.id = fmt::format("{}#{}", split, i), .image = split, .text = kCaptions[i]}));
    }
    EXPECT_TRUE(writer.finish(Quarantine{}));
    write_random_translator(bench_.path("there"), 1, "en", "xx");
    write_random_translator(bench_.path("back"), 2, "xx", "en");
    write_random_translator(bench_.path("other"), 3, "yy", "en");
    bench_.input("captions", "records");
    bench_.input("forward", "there");
    bench_.input("backward", "back");
  }

  static BackTranslateParams params() {
    BackTranslateParams params;
    params.forward = {.beam = 3, .max_length = 8};
    params.backward = {.method = "sampling", .max_length = 8};
    return params;
  }
  std::vector<Json> lines(const char* name) const {
    std::vector<Json> found;
    const auto lines = read_lines(bench_.output() / name).value();
    for (const std::string& line : lines) found.push_back(parse_json(line, name).value());
    return found;
  }

  StageBench bench_;
};

TEST_F(BackTranslateStage, WritesPositivesOfTheTrainingCaptions) {
  const Status status = bench_.run(run_back_translate, params());
  ASSERT_TRUE(status) << status.error().message;
  const auto all = lines("translations.jsonl");
  ASSERT_EQ(all.size(), kCaptions.size());
  std::map<std::string, std::set<std::string>> kept;
  for (const Json& line : all) {
    std::set<std::string> seen;
    for (const Json& one : line["translations"]) {
      const auto sentence = normalised_sentence(one["text"].get<std::string>());
      const auto fate = one["fate"].get<std::string>();
      if (sentence.empty()) {
        EXPECT_EQ(fate, "empty");
      } else if (sentence == normalised_sentence(line["text"].get<std::string>())) {
        EXPECT_EQ(fate, "same");
      } else if (seen.contains(sentence)) {
        EXPECT_EQ(fate, "repeated");
      } else {
        EXPECT_EQ(fate, seen.size() < 3 ? "kept" : "surplus");
        if (seen.size() < 3) {
          seen.insert(sentence);
          kept[line["caption"].get<std::string>()].insert(one["text"].get<std::string>());
        }
      }
    }
  }
  std::map<std::string, std::set<std::string>> positives;
  for (const Json& line : lines("contrasts.jsonl")) {
    for (const Json& text : line["positives"])
      positives[line["caption"].get<std::string>()].insert(text.get<std::string>());
  }
  EXPECT_EQ(positives, kept);
  const Json counts = read_json(bench_.output() / "statistics.json").value()["counts"];
  EXPECT_EQ(counts["captions"], kCaptions.size());
  EXPECT_EQ(counts["captions.other_splits"], kCaptions.size());
  EXPECT_EQ(counts["translations"].get<int>(),
            counts["kept"].get<int>() + counts["dropped.same"].get<int>() +
                counts["dropped.repeated"].get<int>() + counts["dropped.empty"].get<int>() +
                counts["dropped.surplus"].get<int>());
}

TEST_F(BackTranslateStage, WritesTheSameBytesForAnyBatchAndAnyNumberOfCores) {
  std::set<std::string> digests;
  for (const auto& [batch, together, cores] :
       {std::tuple(1, 1, 1), std::tuple(3, 2, 2), std::tuple(64, 4096, 3)}) {
    BackTranslateParams some = params();
    some.batch = batch;
    some.captions_together = together;
    bench_.cores(cores);
    ASSERT_TRUE(bench_.run(run_back_translate, some));
    digests.insert(bench_.digest());
  }
  EXPECT_EQ(digests.size(), 1U);
}

TEST_F(BackTranslateStage, TakesSeveralPivots) {
  bench_.input("forward", "there");
  bench_.input("backward", "back");
  ASSERT_TRUE(bench_.run(run_back_translate, params()));
  std::set<int> pivots;
  for (const Json& line : lines("translations.jsonl"))
    for (const Json& one : line["translations"]) pivots.insert(one["pivot"].get<int>());
  EXPECT_EQ(pivots, (std::set<int>{0, 1}));
}

TEST_F(BackTranslateStage, RefusesPivotsThatDoNotMeet) {
  bench_.input("forward", "there");
  Status status = bench_.run(run_back_translate, params());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("2 translators forward and 1 backward"));
  bench_.input("backward", "other");
  status = bench_.run(run_back_translate, params());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("writes xx, that of backward reads yy"));
}

TEST_F(BackTranslateStage, RefusesALengthBeyondTheTranslators) {
  BackTranslateParams some = params();
  some.forward.max_length = 100;
  const Status status = bench_.run(run_back_translate, some);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("max_length 100 does not fit the 40 positions"));
}

}  // namespace
}  // namespace unimo::stages
