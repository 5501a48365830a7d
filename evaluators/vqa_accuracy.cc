#include "evaluators/vqa_accuracy.h"

#include <algorithm>
#include <map>

#include "evaluators/rounding.h"
#include "orchestrator/base/in_parallel.h"

namespace unimo::eval {

namespace {

// Questions that a thread takes at once: one question is too little work to be fetched by itself.
constexpr std::size_t kBlock = 256;

std::vector<std::string> comparable_answers(const VqaQuestion& question, std::string& prediction) {
  std::vector<std::string> answers;
  answers.reserve(question.answers.size());
  for (const std::string& answer : question.answers) answers.push_back(vqa_trimmed(answer));
  prediction = vqa_trimmed(question.prediction);
  const bool unanimous = std::all_of(answers.begin(), answers.end(),
                                     [&](const auto& answer) { return answer == answers.front(); });
  if (unanimous) return answers;
  std::string raw, normalized;  // neighbours are often equal
  for (std::string& answer : answers) {
    if (answer != raw) {
      raw = answer;
      normalized = vqa_normalized(answer);
    }
    answer = normalized;
  }
  prediction = vqa_normalized(prediction);
  return answers;
}

// 0 to 1: the mean over the answers of how many of the others match, of which three are enough.
double question_accuracy(const VqaQuestion& question) {
  std::string prediction;
  const auto answers = comparable_answers(question, prediction);
  const auto matches = std::count(answers.begin(), answers.end(), prediction);
  double sum = 0;
  for (const std::string& answer : answers) {
    const auto others = static_cast<double>(matches - (answer == prediction ? 1 : 0));
    sum += std::min(1.0, others / 3);
  }
  return sum / static_cast<double>(answers.size());
}

struct Total {
  double sum = 0;
  std::size_t questions = 0;
  void add(double accuracy) {
    sum += accuracy;
    ++questions;
  }
};

VqaMean mean(std::string name, const Total& total) {
  VqaMean result{.name = std::move(name), .questions = total.questions};
  if (total.questions > 0) result.accuracy = 100 * total.sum / static_cast<double>(total.questions);
  result.printed = round_decimals(result.accuracy, 2);
  return result;
}

std::vector<VqaMean> means(const std::map<std::string_view, Total>& totals) {
  std::vector<VqaMean> result;
  for (const auto& [name, total] : totals) result.push_back(mean(std::string(name), total));
  return result;
}

}  // namespace

Result<Vqa> vqa_accuracy(std::span<const VqaQuestion> questions, int threads) {
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (questions[i].answers.empty()) {
      return fail(ErrorCode::kInvalid, "question {}: no answers to compare with", i + 1);
    }
  }
  std::vector<double> accuracies(questions.size());
  in_parallel((questions.size() + kBlock - 1) / kBlock, threads, [&](std::size_t block) {
    const std::size_t end = std::min(questions.size(), (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < end; ++i) {
      accuracies[i] = question_accuracy(questions[i]);
    }
  });
  Total overall;
  std::map<std::string_view, Total> question_types, answer_types;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    overall.add(accuracies[i]);
    question_types[questions[i].question_type].add(accuracies[i]);
    answer_types[questions[i].answer_type].add(accuracies[i]);
    accuracies[i] *= 100;
  }
  return Vqa{.overall = mean("overall", overall),
             .questions = std::move(accuracies),
             .by_question_type = means(question_types),
             .by_answer_type = means(answer_types)};
}

std::string vqa_signature(std::span<const VqaQuestion> questions) {
  return fmt::format(
      "vqa|questions:{}|rule:3 of 9|norm:vqa-v2, where people disagree|scale:100|version:1",
      questions.size());
}

}  // namespace unimo::eval
