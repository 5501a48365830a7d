#include "stages/score/question_files.h"

#include <unordered_map>

#include "evaluators/evaluator.h"
#include "stages/ingest/stream/json_stream.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kFewestAnswers = 2;  // each answer is compared with the others

Result<AnnotatedQuestion> annotated(JsonView item) {
  AnnotatedQuestion question;
  question.id = UNIMO_TRY(item.need_whole("question_id"));
  question.question_type = UNIMO_TRY(item.need_text("question_type"));
  question.answer_type = UNIMO_TRY(item.need_text("answer_type"));
  for (const JsonView answer : item["answers"].items())
    question.answers.emplace_back(UNIMO_TRY(answer.need_text("answer")));
  if (question.answers.size() < kFewestAnswers) {
    return fail(ErrorCode::kInvalid, "question {} has {} answers; the measure needs ten people's",
                question.id, question.answers.size());
  }
  return question;
}

}  // namespace

Result<AnnotatedQuestions> read_annotated_questions(const std::filesystem::path& path) {
  AnnotatedQuestions all{.name = path.string()};
  std::unordered_map<std::int64_t, std::int64_t> line_of;
  UNIMO_TRY(stream_json_views(path, {}, [&](const JsonPlace& at, JsonView item) -> Status {
    if (at.section != "annotations") return ok();
    const std::string place = fmt::format("{}:{}: annotations[{}]", all.name, at.line, at.index);
    auto question = annotated(item);
    if (!question) return fail(ErrorCode::kInvalid, "{}: {}", place, question.error().message);
    const auto [seen, is_new] = line_of.emplace(question->id, at.line);
    if (!is_new) {
      return fail(ErrorCode::kInvalid, "{}: question {} is annotated already, in line {}", place,
                  question->id, seen->second);
    }
    all.questions.push_back(*std::move(question));
    return ok();
  }));
  if (all.questions.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: no question in a list \"annotations\"; take the annotations file, not the "
                "questions",
                all.name);
  }
  return all;
}

Result<PredictedVqaAnswers> read_vqa_results(const std::filesystem::path& path,
                                             const AnnotatedQuestions& questions) {
  std::unordered_map<std::int64_t, std::size_t> place_of;
  for (std::size_t i = 0; i < questions.questions.size(); ++i)
    place_of.emplace(questions.questions[i].id, i);
  PredictedVqaAnswers results;
  results.answers.resize(questions.questions.size());
  std::vector<bool> given(questions.questions.size());
  std::vector<std::string> again, unknown, missing;
  UNIMO_TRY(stream_json_views(path, {}, [&](const JsonPlace& at, JsonView item) -> Status {
    const auto id = item.need_whole("question_id");
    const auto answer = item.need_text("answer");
    if (!at.section.empty() || !id || !answer) {
      return fail(ErrorCode::kInvalid,
                  "{}:{}: entry {}: {}; results are [{{\"question_id\", \"answer\"}}]",
                  path.string(), at.line, at.index + 1,
                  !id       ? id.error().message
                  : !answer ? answer.error().message
                            : "results are one list");
    }
    const auto place = place_of.find(*id);
    if (place == place_of.end()) {
      unknown.push_back(fmt::format("{}", *id));
      return ok();
    }
    if (given[place->second]) again.push_back(fmt::format("{}", *id));
    given[place->second] = true;
    results.answers[place->second] = *answer;
    return ok();
  }));
  for (std::size_t i = 0; i < given.size(); ++i)
    if (!given[i]) missing.push_back(fmt::format("{}", questions.questions[i].id));
  if (!unknown.empty() || !missing.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: must answer exactly the questions of {}: {} of them are missing ({}), {} are "
                "not among them ({})",
                path.string(), questions.name, missing.size(), eval::first_names(missing),
                unknown.size(), eval::first_names(unknown));
  }
  if (!again.empty())
    results.warnings.push_back(
        fmt::format("{}: {} questions are answered more than once; the last answer counts: {}",
                    path.string(), again.size(), eval::first_names(again)));
  return results;
}

}  // namespace unimo::stages
