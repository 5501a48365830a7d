// VQA v2 as its scorer reads it: the annotations with ten answers each, and a results file.
//
//   const auto questions =
//   UNIMO_TRY(read_annotated_questions("v2_mscoco_val2014_annotations.json")); const auto answers =
//   UNIMO_TRY(read_vqa_results("results.json", questions));
//
// The results must have exactly the questions of the annotations, as the official loader demands;
// of two answers to one question it keeps the last, which is told in a warning. Everything else
// that is wrong is kInvalid with file, line, value and remedy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

struct AnnotatedQuestion {
  std::int64_t id = 0;
  std::string question_type, answer_type;
  std::vector<std::string> answers;  // of the annotators, in their order; at least two
};

struct AnnotatedQuestions {
  std::string name;  // the path, for messages
  std::vector<AnnotatedQuestion> questions;
};
Result<AnnotatedQuestions> read_annotated_questions(const std::filesystem::path& path);

struct PredictedVqaAnswers {
  std::vector<std::string> answers;  // in the order of the questions
  std::vector<std::string> warnings;
};
Result<PredictedVqaAnswers> read_vqa_results(const std::filesystem::path& path,
                                             const AnnotatedQuestions& questions);

}  // namespace unimo::stages
