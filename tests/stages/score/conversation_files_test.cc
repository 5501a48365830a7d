#include "stages/score/conversation_files.h"

#include "tests/stages/score/written.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Two turns; two people for the first reference set, one additional list.
constexpr const char* kDev = R"({"version": "1.0", "data": [
 {"source": "mctest", "id": "s1", "story": "A cat.",
  "questions": [{"input_text": "What?", "turn_id": 1}, {"input_text": "Who?", "turn_id": 2}],
  "answers": [{"input_text": "a cat", "turn_id": 1}, {"input_text": "Tom", "turn_id": 2}],
  "additional_answers": {"0": [{"input_text": "cat", "turn_id": 1}, {"input_text": "tom", "turn_id": 2}]}}
]})";

class CoqaFiles : public Written {
 protected:
  Conversations dev() const { return read_conversations(write("dev.json", kDev)).value(); }
  Result<PredictedAnswers> answers(std::string_view json) const {
    const Conversations conversations = dev();
    return read_answers(write("p.json", json), conversations);
  }
};

TEST_F(CoqaFiles, GiveEachTurnItsReferencesInOrder) {
  const Conversations conversations = dev();
  ASSERT_EQ(conversations.turns.size(), 2);
  EXPECT_EQ(conversations.turns[1].story, "s1");
  EXPECT_EQ(conversations.turns[1].turn, 2);
  EXPECT_EQ(conversations.turns[1].source, "mctest");
  EXPECT_THAT(conversations.turns[1].references, ElementsAre("Tom", "tom"));
}

TEST_F(CoqaFiles, AnswersFindTheirTurnInAnyOrder) {
  const auto predicted = answers(R"([{"id": "s1", "turn_id": 2, "answer": "Tom"},
                                     {"id": "s1", "turn_id": 1, "answer": ""}])");
  ASSERT_TRUE(predicted.has_value());
  EXPECT_THAT(predicted->answers, ElementsAre("", "Tom"));
  EXPECT_THAT(predicted->warnings, IsEmpty());
}

TEST_F(CoqaFiles, MissingRepeatedAndUnknownAnswersAreScoredAsOfficiallyAndTold) {
  const auto predicted = answers(R"([{"id": "s1", "turn_id": 2, "answer": "x"},
                                     {"id": "s1", "turn_id": 2, "answer": "y"},
                                     {"id": "s9", "turn_id": 1, "answer": "z"}])");
  ASSERT_TRUE(predicted.has_value());
  EXPECT_THAT(predicted->answers, ElementsAre("", "y"));
  EXPECT_THAT(predicted->given, ElementsAre(false, true));
  EXPECT_THAT(predicted->warnings,
              ElementsAre(HasSubstr("1 turns have no prediction and score 0: s1 turn 1"),
                          HasSubstr("s9 turn 1"), HasSubstr("the last prediction counts")));
}

TEST_F(CoqaFiles, LinesTakeTheirTurnsFromTheSideFile) {
  const Conversations conversations = dev();
  const auto path = write("p.txt", "Tom\na cat\n");
  const auto predicted = read_answer_lines(path, write("ids", "s1\t2\ns1\t1\n"), conversations);
  ASSERT_TRUE(predicted.has_value());
  EXPECT_THAT(predicted->answers, ElementsAre("a cat", "Tom"));
  EXPECT_THAT(refusal(read_answer_lines(path, write("ids", "s1\t2\n"), conversations)),
              AllOf(HasSubstr("2 lines"), HasSubstr("1")));
  EXPECT_THAT(refusal(read_answer_lines(path, write("ids", "s1\t2\ns1 1\n"), conversations)),
              HasSubstr("ids:2: \"s1 1\" is not an id, a tab and a turn's number"));
}

TEST_F(CoqaFiles, WrongTypesAreRefusedByLineAndEntry) {
  EXPECT_THAT(refusal(answers(R"([{"id": "s1", "turn_id": "1", "answer": "x"}])")),
              AllOf(HasSubstr("p.json:1: entry 1"), HasSubstr("turn_id")));
  EXPECT_THAT(refusal(answers(R"([{"id": "s1", "turn_id": 1, "answer": null}])")),
              HasSubstr("answer"));
  EXPECT_THAT(refusal(answers(R"({"data": [{"id": "s1", "turn_id": 1, "answer": "x"}]})")),
              HasSubstr("one list"));
  EXPECT_THAT(refusal(answers(R"([{"id": "s1", "turn_id": 1, "answer": "x"}, )")),
              HasSubstr("p.json"));
}

TEST_F(CoqaFiles, AnUnknownSourceStopsAsInTheOfficialProgram) {
  EXPECT_THAT(refusal(read_conversations(
                  write("dev.json", R"({"data": [{"source": "blogs", "id": "s"}]})"))),
              AllOf(HasSubstr("dev.json:1: data[0].source: \"blogs\""), HasSubstr("mctest")));
}

TEST_F(CoqaFiles, AnswersThatDoNotFitTheQuestionsAreRefused) {
  EXPECT_THAT(refusal(read_conversations(write("dev.json", R"({"data": [{"source": "cnn", "id": "s",
                    "questions": [{"input_text": "?", "turn_id": 1}], "answers": []}]})"))),
              HasSubstr("data[0].answers: 0 answers, but the conversation has 1 questions"));
}

TEST_F(CoqaFiles, AConversationThatStandsTwiceIsRefused) {
  constexpr const char* kTurn = R"({"source": "cnn", "id": "s",
      "questions": [{"input_text": "?", "turn_id": 1}], "answers": [{"input_text": "x"}]})";
  EXPECT_THAT(refusal(read_conversations(
                  write("dev.json", fmt::format("{{\"data\": [{}, {}]}}", kTurn, kTurn)))),
              HasSubstr("twice"));
}

}  // namespace
}  // namespace unimo::stages
