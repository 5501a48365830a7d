#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_benchmarks.h"
#include "tests/stages/ingest/corpus_builder.h"
#include "tests/stages/ingest/images/pictures.h"
#include "tests/stages/ingest/quarantined.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const VqaIngest kTolerant{.pictures = {.max_bad_share = 1}, .min_answer_count = 1};

class Vqa : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [id, image, majority] : std::vector<std::tuple<int, int, std::string>>{
             {25000, 25, "yes"}, {25001, 25, "two"}, {30000, 30, "yes"}}) {
      questions_["questions"].push_back(
          {{"image_id", image}, {"question", fmt::format("What is {}?", id)}, {"question_id", id}});
      Json annotation = {{"question_id", id},
                         {"image_id", image},
                         {"question_type", "what is"},
                         {"answer_type", "other"},
                         {"multiple_choice_answer", majority}};
      for (int person = 1; person <= 10; ++person) {
        annotation["answers"].push_back({{"answer", person <= 3 ? majority : "maybe"},
                                         {"answer_confidence", "yes"},
                                         {"answer_id", person}});
      }
      annotations_["annotations"].push_back(annotation);
    }
  }
  Status run(const VqaIngest& params = kTolerant) {
    bench_.write(kQuestions, questions_.dump());
    bench_.write(kAnnotations, annotations_.dump());
    if (!given_) {
      bench_.input("questions", kQuestions);
      bench_.input("annotations", kAnnotations);
    }
    given_ = true;
    return bench_.run(run_ingest_vqa, params);
  }
  std::vector<ExampleRecord> examples() const {
    std::vector<ExampleRecord> all;
    EXPECT_TRUE(visit_examples(bench_.output(), [&](ExampleRecord& example) {
      all.push_back(std::move(example));
      return ok();
    }));
    return all;
  }
  std::int64_t quarantined(const std::string& reason) const {
    return bench_.count("quarantine." + reason);
  }
  static constexpr const char* kQuestions = "v2_OpenEnded_mscoco_train2014_questions.json";
  static constexpr const char* kAnnotations = "v2_mscoco_train2014_annotations.json";
  Json questions_ = {{"task_type", "Open-Ended"}, {"data_subtype", "train2014"}};
  Json annotations_ = {{"data_subtype", "train2014"}};
  StageBench bench_;
  bool given_ = false;
};

TEST_F(Vqa, JoinsQuestionsWithTheirAnswers) {
  ASSERT_TRUE(run({.pictures = {.max_bad_share = 0}, .min_answer_count = 2}));
  const auto all = examples();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].id, "25001");
  EXPECT_EQ(all[1].image, "25");
  EXPECT_EQ(all[1].split, "train");
  EXPECT_EQ(all[1].parts.at("question"), "What is 25001?");
  EXPECT_THAT(all[1].targets, ElementsAre("two"));
  EXPECT_EQ(all[1].extra.at("answers").size(), 10U);
  EXPECT_EQ(all[1].extra.at("question_type"), "what is");
  EXPECT_EQ(all[0].extra.at("soft_targets"), (Json{{"yes", 0.9}}));
  EXPECT_EQ(all[1].extra.at("soft_targets"), Json::object());
  EXPECT_EQ(read_json(bench_.output() / "answers.json").value(), Json::array({"yes"}));
  EXPECT_EQ(bench_.count("examples.answer_not_in_list"), 1);
}

TEST_F(Vqa, TakesTheAnswersItIsGiven) {
  bench_.write("label2ans.json", R"(["", "maybe", "2"])");
  bench_.input("answers", "label2ans.json");
  ASSERT_TRUE(run());
  EXPECT_EQ(examples()[1].extra.at("soft_targets"), (Json{{"2", 0.9}, {"maybe", 1.0}}));
  EXPECT_EQ(read_json(bench_.output() / "answers.json").value(), (Json{"", "maybe", "2"}));
}

TEST_F(Vqa, LeavesTestQuestionsWithoutAnswers) {
  bench_.write("v2_OpenEnded_mscoco_test-dev2015_questions.json",
               R"({"questions": [{"image_id": 1, "question": "Why?", "question_id": 1000}]})");
  bench_.input("questions", "v2_OpenEnded_mscoco_test-dev2015_questions.json");
  ASSERT_TRUE(run({.pictures = {.max_bad_share = 0}}));
  const auto all = examples();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].split, "test");
  EXPECT_TRUE(all[0].targets.empty());
  EXPECT_FALSE(all[0].extra.contains("soft_targets"));
}

TEST_F(Vqa, CountsWhatDoesNotBelongTogether) {
  questions_["questions"].push_back(questions_["questions"][0]);
  annotations_["annotations"].erase(1);
  annotations_["annotations"].push_back(annotations_["annotations"][0]);
  annotations_["annotations"][1]["image_id"] = 31;
  Json stray = annotations_["annotations"][0];
  stray["question_id"] = 99000;
  annotations_["annotations"].push_back(stray);
  ASSERT_TRUE(run());
  EXPECT_EQ(quarantined("duplicate_question"), 1);
  EXPECT_EQ(quarantined("duplicate_annotation"), 1);
  EXPECT_EQ(quarantined("no_annotation"), 1);
  EXPECT_THAT(stages::quarantined(bench_, "image_mismatch"),
              ElementsAre("v2_mscoco_train2014_annotations.json annotations[1]: 30000: is about "
                          "picture 31, its question about 30"));
  EXPECT_THAT(
      stages::quarantined(bench_, "unknown_question"),
      ElementsAre("v2_mscoco_train2014_annotations.json annotations[3]: 99000: no questions "
                  "file has this question_id"));
  EXPECT_EQ(examples().size(), 1U);
}

TEST_F(Vqa, CountsBrokenItems) {
  questions_["questions"][0]["question"] = nullptr;
  questions_["questions"][1]["question_id"] = "x";
  annotations_["annotations"][2]["answers"][4] = {{"answer", 7}};
  ASSERT_TRUE(run());
  const std::string needed =
      ": needs whole numbers question_id and image_id and a text question, is ";
  EXPECT_THAT(stages::quarantined(bench_, "malformed_question"),
              ElementsAre(std::string(kQuestions) + " questions[0]: 25000" + needed +
                              R"({"image_id":25,"question":null,"question_id":25000})",
                          std::string(kQuestions) + " questions[1]: x" + needed +
                              R"({"image_id":25,"question":"What is 25001?","question_id":"x"})"));
  EXPECT_THAT(stages::quarantined(bench_, "malformed_annotation"),
              ElementsAre(HasSubstr("annotations[2]: 30000: needs question_id, image_id, ")));
  EXPECT_EQ(quarantined("unknown_question"), 2);
  EXPECT_EQ(quarantined("no_annotation"), 1);
}

TEST_F(Vqa, NotesAnotherNumberOfAnswers) {
  annotations_["annotations"][0]["answers"].erase(0);
  ASSERT_TRUE(run({.pictures = {.max_bad_share = 0}}));
  EXPECT_EQ(bench_.count("annotations.not_ten_answers"), 1);
}

TEST_F(Vqa, WritesThePicturesOnceAndDropsQuestionsWithoutOne) {
  bench_.write("images/COCO_train2014_000000000025.jpg", picture(40, 30, 1));
  bench_.input("images", "images");
  ASSERT_TRUE(run());
  const Records records = read_records(bench_.output()).value();
  ASSERT_EQ(records.images.size(), 1U);
  EXPECT_EQ(records.images[0].id, "25");
  EXPECT_EQ(records.images[0].split, "train");
  EXPECT_EQ(quarantined("missing_file"), 1);
  EXPECT_EQ(quarantined("image_unusable"), 1);
  EXPECT_EQ(examples().size(), 2U);
}

TEST_F(Vqa, RefersToPicturesOfAnotherArtifact) {
  StageBench coco;
  CocoBuilder corpus(25);
  corpus.write(coco);
  ASSERT_TRUE(coco.run(run_ingest_coco, PictureIngest{}));
  bench_.input("records", coco.output());
  ASSERT_TRUE(run());
  EXPECT_EQ(quarantined("image_unusable"), 1);
  EXPECT_EQ(examples().size(), 2U);
  EXPECT_TRUE(read_records(bench_.output())->images.empty());
}

TEST_F(Vqa, KeepsComplementaryPairs) {
  bench_.write("v2_mscoco_train2014_complementary_pairs.json",
               "[[25000, 30000], [25001, 77], [1]]");
  bench_.input("pairs", "v2_mscoco_train2014_complementary_pairs.json");
  ASSERT_TRUE(run());
  const auto all = examples();
  EXPECT_EQ(all[0].extra.at("complements"), Json::array({30000}));
  EXPECT_EQ(all[2].extra.at("complements"), Json::array({25000}));
  EXPECT_THAT(
      stages::quarantined(bench_, "malformed_pair"),
      ElementsAre("v2_mscoco_train2014_complementary_pairs.json [2]: : must be two question "
                  "ids, is [1]"));
  EXPECT_EQ(quarantined("unknown_question"), 1);
}

TEST_F(Vqa, RefusesAPairsFileWithoutPairs) {
  bench_.write("v2_mscoco_train2014_complementary_pairs.json", "[]");
  bench_.input("pairs", "v2_mscoco_train2014_complementary_pairs.json");
  const Status status = run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("v2_mscoco_train2014_complementary_pairs.json: no pairs; it should be a "
                        "list of pairs of question ids"));
}

TEST_F(Vqa, TakesTheFirstQuestionsOfASplit) {
  ASSERT_TRUE(run({.pictures = {.max_bad_share = 0}, .max_examples = 2}));
  EXPECT_EQ(examples().size(), 2U);
  EXPECT_EQ(bench_.count("skipped.max_examples"), 1);
}

TEST_F(Vqa, RefusesFilesWithoutASplitInTheirName) {
  bench_.write("questions.json", "{}");
  bench_.input("questions", "questions.json");
  const Status status = run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("questions.json: its name tells no split"));
}

TEST_F(Vqa, RefusesAnotherFile) {
  bench_.write("train_other.json", R"({"images": []})");
  bench_.input("annotations", "train_other.json");
  const Status status = run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("train_other.json: no list \"annotations\""));
}

TEST_F(Vqa, SetsTheCountsAgainstTheOfficialOnes) {
  ASSERT_TRUE(run({.pictures = {.complete = true}}));
  const Json statistics = read_json(bench_.output() / "statistics.json").value();
  EXPECT_EQ(statistics.at("official").at("examples.train"),
            (Json{{"found", 3}, {"official", 443'757}}));
}

TEST_F(Vqa, ComparesWithTheWholeTestWhateverTheOrderOfItsFiles) {
  bench_.write("v2_OpenEnded_mscoco_test2015_questions.json",
               R"({"questions": [{"image_id": 1, "question": "What?", "question_id": 1000}]})");
  bench_.write("v2_OpenEnded_mscoco_test-dev2015_questions.json",
               R"({"questions": [{"image_id": 2, "question": "What?", "question_id": 2000}]})");
  bench_.input("questions", "v2_OpenEnded_mscoco_test2015_questions.json");
  bench_.input("questions", "v2_OpenEnded_mscoco_test-dev2015_questions.json");
  ASSERT_TRUE(run({.pictures = {.max_bad_share = 1, .complete = true}, .min_answer_count = 1}));
  const Json statistics = read_json(bench_.output() / "statistics.json").value();
  EXPECT_EQ(statistics.at("official").at("examples.test").at("official"), 447'793);
}

}  // namespace
}  // namespace unimo::stages
