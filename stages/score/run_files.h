// A run's predictions and references of tasks with examples, in the forms that the scorers take.
//
// Predictions are predictions.jsonl of an artifact of `predict`: {"id", "text"} (coqa, squad_qg,
// cnndm, gigaword, vqa), {"id", "label"} or {"id", "score"}; every example of the split once.
// References are the examples of a records artifact. Errors name file, line and remedy.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/records.h"
#include "stages/score/conversation_files.h"
#include "stages/score/label_files.h"
#include "stages/score/question_files.h"

namespace unimo::stages {

// The examples of one split, in their order; kInvalid when there are none.
Result<std::vector<ExampleRecord>> examples_of_split(const std::filesystem::path& folder,
                                                     std::string_view split);

// The texts of predictions.jsonl in the order of the examples.
Result<std::vector<std::string>> predicted_texts(const std::filesystem::path& folder,
                                                 const std::vector<ExampleRecord>& examples);

// Classes or scores, likewise.
Result<LabelFile> predicted_labels(const LabelTask& task, const std::filesystem::path& folder,
                                   const LabelFile& gold);
Result<LabelFile> gold_labels(const LabelTask& task, const std::vector<ExampleRecord>& examples);
// extra.set of each example: "matched"; empty where there is none.
std::vector<std::string> sets_of(const std::vector<ExampleRecord>& examples);

// The first target of each example: the official text. kInvalid where there is none.
Result<std::vector<std::string>> first_targets(const std::vector<ExampleRecord>& examples);

// What questions are generated from: of equal sources the references are alternatives.
std::vector<std::string> question_sources(const std::vector<ExampleRecord>& examples);

Result<Conversations> conversations_of(const std::vector<ExampleRecord>& examples);
Result<AnnotatedQuestions> annotated_questions_of(const std::vector<ExampleRecord>& examples);

}  // namespace unimo::stages
