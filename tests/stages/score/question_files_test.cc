#include "stages/score/question_files.h"

#include "tests/stages/score/written.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kAnnotations = R"({"info": {}, "annotations": [
 {"question_id": 10, "question_type": "is", "answer_type": "yes/no", "image_id": 1,
  "answers": [{"answer": "yes", "answer_id": 1}, {"answer": "no", "answer_id": 2}]},
 {"question_id": 11, "question_type": "how many", "answer_type": "number", "image_id": 1,
  "answers": [{"answer": "2", "answer_id": 1}, {"answer": "two", "answer_id": 2}]}]})";

class VqaFiles : public Written {
 protected:
  AnnotatedQuestions annotations() const {
    return read_annotated_questions(write("annotations.json", kAnnotations)).value();
  }
  Result<PredictedVqaAnswers> results(std::string_view json) const {
    const AnnotatedQuestions questions = annotations();
    return read_vqa_results(write("results.json", json), questions);
  }
};

TEST_F(VqaFiles, GiveTypesAndAllAnswersOfAQuestion) {
  const AnnotatedQuestions all = annotations();
  ASSERT_EQ(all.questions.size(), 2);
  EXPECT_EQ(all.questions[1].id, 11);
  EXPECT_EQ(all.questions[1].answer_type, "number");
  EXPECT_THAT(all.questions[1].answers, ElementsAre("2", "two"));
}

TEST_F(VqaFiles, ResultsMayStandInAnyOrder) {
  const auto found =
      results(R"([{"question_id": 11, "answer": "2"}, {"question_id": 10, "answer": "yes"}])");
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->answers, ElementsAre("yes", "2"));
}

TEST_F(VqaFiles, ResultsMustHaveExactlyTheQuestions) {
  EXPECT_THAT(refusal(results(R"([{"question_id": 10, "answer": "yes"},
                                  {"question_id": 99, "answer": "yes"}])")),
              AllOf(HasSubstr("1 of them are missing (11)"), HasSubstr("not among them (99)")));
}

TEST_F(VqaFiles, TheLastOfTwoAnswersCountsAsInTheOfficialLoader) {
  const auto found = results(R"([{"question_id": 10, "answer": "yes"},
      {"question_id": 11, "answer": "2"}, {"question_id": 10, "answer": "no"}])");
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->answers, ElementsAre("no", "2"));
  EXPECT_THAT(found->warnings, ElementsAre(HasSubstr("the last answer counts: 10")));
}

TEST_F(VqaFiles, WrongTypesAreRefusedByLineAndEntry) {
  EXPECT_THAT(refusal(results(R"([{"question_id": "10", "answer": "yes"}])")),
              AllOf(HasSubstr("results.json:1: entry 1"), HasSubstr("question_id")));
  EXPECT_THAT(refusal(results("[{\"question_id\": 10,\n \"answer\": 3}]")), HasSubstr("answer"));
  EXPECT_THAT(refusal(results("\xEF\xBB\xBF[]")), HasSubstr("byte order mark"));
  EXPECT_THAT(refusal(results("[{\"question_id\": 10, \"answer\": NaN}]")),
              HasSubstr("results.json"));
}

TEST_F(VqaFiles, TheQuestionsFileIsNotTheAnnotations) {
  EXPECT_THAT(refusal(read_annotated_questions(
                  write("q.json", R"({"questions": [{"question_id": 1, "question": "?"}]})"))),
              HasSubstr("take the annotations file"));
}

TEST_F(VqaFiles, AQuestionAnnotatedTwiceIsRefused) {
  constexpr const char* kOne = R"({"question_id": 1, "question_type": "is", "answer_type": "other",
                                   "answers": [{"answer": "a"}, {"answer": "b"}]})";
  EXPECT_THAT(refusal(read_annotated_questions(
                  write("a.json", fmt::format("{{\"annotations\": [{}, {}]}}", kOne, kOne)))),
              HasSubstr("question 1 is annotated already"));
}

}  // namespace
}  // namespace unimo::stages
