#include "stages/score/score_questions.h"

#include <algorithm>

#include "evaluators/vqa_accuracy.h"
#include "stages/score/measures.h"

namespace unimo::stages {

namespace {

constexpr const char* kMetric = "vqa_accuracy";

// "yes/no" and "what is the" as parts of a metric's name.
std::string metric_part(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ' ' || c == '/'; }, '_');
  return name;
}

void add_types(const std::vector<eval::VqaMean>& types, const std::string& prefix, Scored& scored) {
  for (const eval::VqaMean& type : types) {
    const std::string name = prefix + metric_part(type.name);
    scored.metrics[kMetric + name] = type.accuracy;
    scored.counts["questions" + name] = static_cast<std::int64_t>(type.questions);
  }
}

}  // namespace

Result<Scored> score_questions(const AnnotatedQuestions& questions,
                               const PredictedVqaAnswers& predicted, int threads) {
  std::vector<eval::VqaQuestion> asked;
  for (std::size_t i = 0; i < questions.questions.size(); ++i) {
    const AnnotatedQuestion& question = questions.questions[i];
    asked.push_back(
        {predicted.answers[i], question.answers, question.question_type, question.answer_type});
  }
  const eval::Vqa scores = UNIMO_TRY(eval::vqa_accuracy(asked, threads));
  Scored scored;
  scored.headline = {kMetric};
  scored.metrics[kMetric] = scores.overall.accuracy;
  scored.counts["questions"] = static_cast<std::int64_t>(asked.size());
  scored.signatures[kMetric] = eval::vqa_signature(asked);
  scored.warnings = predicted.warnings;
  add_types(scores.by_answer_type, ".", scored);
  for (const eval::VqaMean& type : scores.by_answer_type)
    scored.headline.push_back(kMetric + ("." + metric_part(type.name)));
  add_types(scores.by_question_type, ".question.", scored);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    scored.item_ids.push_back(fmt::format("{}", questions.questions[i].id));
    scored.items.push_back({{"id", scored.item_ids.back()},
                            {"answer", asked[i].prediction},
                            {"references", asked[i].answers},
                            {"answer_type", asked[i].answer_type},
                            {kMetric, scores.questions[i]}});
  }
  add_mean(scored, kMetric, scores.questions);
  return scored;
}

}  // namespace unimo::stages
