// How long VQA accuracy takes: every question is answered with its multiple_choice_answer.
//
//   vqa_bench annotations.json [repetitions] [threads]
//
// The file has VQA v2's annotations; vqa_peer.py times the official scorer on the same input.
// Prints the shortest time and the accuracies, so that two programs can be compared on both.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "evaluators/vqa_accuracy.h"
#include "orchestrator/base/json.h"
#include "tests/bench/scorers/bench_clock.h"

namespace {

using namespace unimo;
using namespace unimo::eval;

Result<std::vector<VqaQuestion>> read_questions(const std::string& path) {
  const Json document = UNIMO_TRY(read_json(path));
  std::vector<VqaQuestion> questions;
  for (const Json& entry : document["annotations"]) {
    VqaQuestion& question = questions.emplace_back();
    question.prediction = entry["multiple_choice_answer"].get<std::string>();
    question.question_type = entry["question_type"].get<std::string>();
    question.answer_type = entry["answer_type"].get<std::string>();
    for (const Json& answer : entry["answers"]) {
      question.answers.push_back(answer["answer"].get<std::string>());
    }
  }
  return questions;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "vqa_bench annotations.json [repetitions] [threads]\n");
    return 2;
  }
  const int repetitions = argc > 2 ? std::max(1, std::atoi(argv[2])) : 3;
  const int threads = argc > 3 ? std::max(1, std::atoi(argv[3])) : 1;
  const auto questions = read_questions(argv[1]);
  if (!questions) {
    fmt::print(stderr, "{}\n", questions.error().message);
    return 1;
  }
  Vqa scores;
  const double seconds =
      shortest(repetitions, [&] { scores = vqa_accuracy(*questions, threads).value(); });
  fmt::print("questions {}\n", questions->size());
  fmt::print("vqa        {:.4f} s\n", seconds);
  fmt::print("overall {:.2f}", scores.overall.printed);
  for (const VqaMean& mean : scores.by_answer_type)
    fmt::print(" {} {:.2f}", mean.name, mean.printed);
  fmt::print("\n");
  return 0;
}
