#include "stages/ingest/benchmarks/vqa_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/json.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path kData = UNIMO_SHARED_DATA;

TEST(VqaAnswer, IsNormalisedAsTheEvaluationDoes) {
  for (const auto& [raw, expected] :
       std::vector<std::pair<std::string, std::string>>{{"The Dog", "dog"},
                                                        {" two\tcats\n", "2 cats"},
                                                        {"dont", "don't"},
                                                        {"1,000", "1000"},
                                                        {"3.5.", "3.5"},
                                                        {"red/white", "red white"},
                                                        {"yes, sir", "yes sir"},
                                                        {"A", ""},
                                                        {"None", "0"},
                                                        {"$5.00", "$5.00"},
                                                        {"\xC3\x89t\xC3\xA9", "\xC3\xA9t\xC3\xA9"},
                                                        {"", ""}}) {
    EXPECT_EQ(normalise_vqa_answer(raw), expected) << raw;
  }
}

TEST(VqaAnswer, AgreesWithTheOfficialPairs) {
  const auto path = kData / "golden/vqa/normalisation_pairs.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const Json pairs = read_json(path).value();
  ASSERT_GT(pairs.size(), 20U);
  for (const Json& pair : pairs) {
    const auto raw = pair.at("raw").get<std::string>();
    EXPECT_EQ(normalise_vqa_answer(raw), pair.at("full").get<std::string>()) << raw;
  }
}

TEST(AnswerList, ReadsBothForms) {
  StageBench bench;
  bench.write("label2ans.json", R"(["", "yes", "no"])");
  bench.write("ans2label.json", R"({"no": 2, "": 0, "yes": 1})");
  const auto list = AnswerList::read(bench.path("label2ans.json"));
  const auto table = AnswerList::read(bench.path("ans2label.json"));
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(list->answers(), ElementsAre("", "yes", "no"));
  EXPECT_EQ(list->answers(), table->answers());
}

TEST(AnswerList, RefusesGapsRepetitionsAndOtherDocuments) {
  StageBench bench;
  for (const auto& [text, message] :
       std::vector<std::pair<std::string, std::string>>{{R"({"no": 2, "yes": 0})", "leaves a gap"},
                                                        {R"({"no": 0, "yes": 0})", "leaves a gap"},
                                                        {R"(["yes", "yes"])", "stands twice"},
                                                        {R"(["yes", 4])", "1: 4"},
                                                        {R"({"yes": "0"})", "yes: \"0\""},
                                                        {"[]", "no answers"},
                                                        {"7", "no answers"},
                                                        {"[\"yes\",", "answers.json"}}) {
    bench.write("answers.json", text);
    const auto list = AnswerList::read(bench.path("answers.json"));
    ASSERT_FALSE(list) << text;
    EXPECT_THAT(list.error().message, HasSubstr(message)) << text;
  }
}

TEST(AnswerList, WeighsClassesByThePeopleWhoGaveThem) {
  const AnswerList list({"yes", "no", "2"});
  EXPECT_EQ(list.soft_targets({"yes", "Yes.", "no", "two", "the 2", "2", "2", "2", "maybe", "yes"}),
            (std::map<std::string, double>{{"2", 1}, {"no", 0.3}, {"yes", 0.9}}));
  EXPECT_TRUE(list.soft_targets({"maybe"}).empty());
}

TEST(AnswerCounts, KeepsTheFrequentOnesInOrder) {
  StageBench bench;
  std::filesystem::create_directories(bench.output());
  AnswerCounts counts(bench.output());
  for (const char* answer : {"no", "Yes", "yes", "the yes", "No.", "2", "two", "rare"})
    ASSERT_TRUE(counts.add(answer));
  const auto list = counts.list(2);
  ASSERT_TRUE(list);
  EXPECT_THAT(list->answers(), ElementsAre("yes", "2", "no"));
}

}  // namespace
}  // namespace unimo::stages
