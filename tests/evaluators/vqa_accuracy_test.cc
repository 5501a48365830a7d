#include "evaluators/vqa_accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "evaluators/rounding.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

struct GoldenQuestions {
  std::vector<std::string> ids;
  std::vector<VqaQuestion> questions;
};

GoldenQuestions golden_questions(const Json& annotations, const Json& results) {
  std::map<long, std::string> predictions;
  for (const Json& entry : results) {
    predictions[entry["question_id"].get<long>()] = entry["answer"].get<std::string>();
  }
  GoldenQuestions golden;
  for (const Json& entry : annotations) {
    const long id = entry["question_id"].get<long>();
    golden.ids.push_back(std::to_string(id));
    VqaQuestion& question = golden.questions.emplace_back();
    question.prediction = predictions.at(id);
    question.question_type = entry["question_type"].get<std::string>();
    question.answer_type = entry["answer_type"].get<std::string>();
    for (const Json& answer : entry["answers"]) {
      question.answers.push_back(answer["answer"].get<std::string>());
    }
  }
  return golden;
}

void expect_means(const std::vector<VqaMean>& means, const Json& expected) {
  ASSERT_EQ(means.size(), expected.size());
  for (const VqaMean& mean : means) {
    EXPECT_EQ(mean.printed, expected.at(mean.name).get<double>()) << mean.name;
  }
}

void expect_golden(const GoldenQuestions& golden, const Json& expected) {
  const auto scores = vqa_accuracy(golden.questions);
  EXPECT_EQ(scores->overall.printed, expected["accuracy"]["overall"].get<double>());
  expect_means(scores->by_question_type, expected["accuracy"]["perQuestionType"]);
  expect_means(scores->by_answer_type, expected["accuracy"]["perAnswerType"]);
  ASSERT_EQ(golden.ids.size(), expected["perQuestion"].size());
  for (std::size_t i = 0; i < golden.ids.size(); ++i) {
    EXPECT_EQ(round_decimals(scores->questions[i], 2),
              expected["perQuestion"].at(golden.ids[i]).get<double>())
        << golden.ids[i];
  }
}

VqaQuestion question(std::vector<std::string> answers, std::string prediction) {
  return {.prediction = std::move(prediction),
          .answers = std::move(answers),
          .question_type = "what",
          .answer_type = "other"};
}

double accuracy_of(std::vector<std::string> answers, std::string prediction) {
  return vqa_accuracy(std::vector{question(std::move(answers), std::move(prediction))})
      ->overall.accuracy;
}

std::vector<std::string> with_others(std::size_t same, const std::string& answer) {
  std::vector<std::string> answers(10, answer);
  for (std::size_t i = same; i < 10; ++i) answers[i] = "other" + std::to_string(i);
  return answers;
}

std::vector<VqaQuestion> invented_questions() {
  std::vector<VqaQuestion> questions;
  for (std::size_t i = 0; i < 1000; ++i) {
    questions.push_back(question(with_others(i % 11, "a cat"), "The cat!"));
    questions.back().question_type = "type " + std::to_string(i % 7);
    questions.back().answer_type = i % 2 == 0 ? "other" : "number";
  }
  return questions;
}

}  // namespace

TEST(Vqa, ScoresRealQuestionsAsTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("vqa/real_600");
  const Json annotations = golden_json("vqa/real_600/annotations.json");
  const Json results = golden_json("vqa/real_600/results.json");
  const Json questions = golden_json("vqa/real_600/questions.json");
  EXPECT_EQ(questions["questions"].size(), annotations["annotations"].size());
  expect_golden(golden_questions(annotations["annotations"], results),
                golden_json("vqa/real_600/expected.json"));
}

TEST(Vqa, ScoresHandMadeCasesAsTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("vqa/hand_cases.json");
  const Json cases = golden_json("vqa/hand_cases.json");
  expect_golden(golden_questions(cases["annotations"], cases["results"]), cases);
}

TEST(Vqa, NormalisesAsTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("vqa/normalisation_pairs.json");
  const Json pairs = golden_json("vqa/normalisation_pairs.json");
  for (const Json& pair : pairs) {
    const std::string trimmed = vqa_trimmed(pair["raw"].get<std::string>());
    EXPECT_EQ(Json(vqa_punctuation(trimmed)), pair["punctuation"]) << pair["raw"];
    EXPECT_EQ(Json(vqa_normalized(trimmed)), pair["full"]) << pair["raw"];
  }
}

TEST(Vqa, NormalisesBeyondAsciiAsPython3) {
  EXPECT_EQ(vqa_normalized("\u00C9cole, DONT \u00E9"), "\u00E9cole don't \u00E9");
  EXPECT_EQ(vqa_normalized("\u0661,\u0662 a-b"), "\u0661\u0662 ab");  // Arabic digits are digits
  EXPECT_EQ(vqa_normalized("3.\u0665 4.x"), "3.\u0665 4x");
  EXPECT_EQ(vqa_normalized("the\u3000cat"), "cat");
  EXPECT_EQ(vqa_trimmed("\u00A0 x\u2003\n"), "x");
  EXPECT_EQ(vqa_normalized("\u00E0 \u00C5"), "\u00E0 \u00E5");  // bytes 0xA0 and 0x85 inside
}

TEST(Vqa, DropsThirtyTwoPeriodsAndNoMore) {
  EXPECT_EQ(vqa_punctuation(std::string(40, '.')), std::string(8, '.'));
}

TEST(Vqa, NeedsThreeOtherPeopleForFullAccuracy) {
  const double expected[] = {0, 30, 60, 90, 100, 100, 100, 100, 100, 100};
  for (std::size_t same = 0; same < 10; ++same) {
    EXPECT_NEAR(accuracy_of(with_others(same, "cat"), "cat"), expected[same], 1e-12) << same;
  }
}

TEST(Vqa, ComparesRawTextsWhereAllPeopleAgree) {
  EXPECT_EQ(accuracy_of(std::vector<std::string>(10, "yes"), "Yes"), 0);
  EXPECT_EQ(accuracy_of(std::vector<std::string>(10, "Yes."), " Yes.\n"), 100);
  EXPECT_EQ(
      accuracy_of({"yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "Yes"}, "YES"),
      100);
}

TEST(Vqa, TakesAnyNumberOfAnswers) {
  EXPECT_EQ(accuracy_of({"cat"}, "cat"), 0);  // nobody else said it
  EXPECT_NEAR(accuracy_of({"cat", "dog"}, "cat"), 100 * (0 + 1.0 / 3) / 2, 1e-12);
  EXPECT_EQ(accuracy_of(std::vector<std::string>(10'000, "cat"), "cat"), 100);
}

TEST(Vqa, RefusesAQuestionWithoutAnswers) {
  const auto scores = vqa_accuracy(std::vector{question({"x"}, "x"), question({}, "x")});
  ASSERT_FALSE(scores.has_value());
  EXPECT_THAT(scores.error().message, testing::HasSubstr("question 2"));
}

TEST(Vqa, OfNoQuestionsIsZero) {
  const auto scores = vqa_accuracy({});
  EXPECT_EQ(scores->overall.questions, 0U);
  EXPECT_EQ(scores->overall.printed, 0);
}

TEST(Vqa, SurvivesBytesThatAreNoText) {
  EXPECT_EQ(vqa_normalized(std::string("\xFF\0x", 3)), std::string("\uFFFD\0x", 5));
  const std::string marks(1 << 20, '-');
  EXPECT_EQ(vqa_normalized(marks), "");
  std::string words;
  while (words.size() < 1 << 20) words += "dont ";
  EXPECT_EQ(vqa_normalized(words).substr(0, 11), "don't don't");
}

TEST(Vqa, DoesNotDependOnTheNumberOfThreads) {
  const auto questions = invented_questions();
  const auto one = vqa_accuracy(questions, 1);
  for (const int threads : {2, 5}) {
    const auto many = vqa_accuracy(questions, threads);
    EXPECT_EQ(many->questions, one->questions);
    EXPECT_EQ(many->overall.accuracy, one->overall.accuracy);
  }
}

TEST(Vqa, DoesNotDependOnTheOrderOfQuestions) {
  auto questions = invented_questions();
  const auto forward = vqa_accuracy(questions);
  std::reverse(questions.begin(), questions.end());
  auto backward = vqa_accuracy(questions);
  EXPECT_NEAR(backward->overall.accuracy, forward->overall.accuracy, 1e-10);
  std::reverse(backward->questions.begin(), backward->questions.end());
  EXPECT_EQ(backward->questions, forward->questions);
}

TEST(Vqa, AddsUpOverParts) {
  const auto questions = invented_questions();
  const std::span<const VqaQuestion> all = questions;
  const auto whole = vqa_accuracy(all);
  double sum = 0;
  for (const auto& part : {all.first(333), all.subspan(333)}) {
    const auto scores = vqa_accuracy(part);
    sum += scores->overall.accuracy * static_cast<double>(part.size());
  }
  EXPECT_NEAR(sum / static_cast<double>(all.size()), whole->overall.accuracy, 1e-10);
}

TEST(Vqa, SaysWhatItWasMadeFrom) {
  EXPECT_EQ(
      vqa_signature(invented_questions()),
      "vqa|questions:1000|rule:3 of 9|norm:vqa-v2, where people disagree|scale:100|version:1");
}

}  // namespace unimo::eval
