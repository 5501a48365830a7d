// CoQA as its scorer reads it: the official JSON, and predicted answers.
//
//   const auto turns = UNIMO_TRY(read_conversations("coqa-dev-v1.0.json"));
//   const auto answers = UNIMO_TRY(read_answers("predictions.json", turns));
//
// Answers are kept as they are; normalising is the scorer's. What the official program stops at is
// kInvalid with file, path in the document and remedy: another source than the seven, questions,
// answers and turns that do not belong together, a turn twice. What it scores is told in a warning:
// a turn without prediction scores 0, predictions of unknown turns are not used, of several for one
// turn the last one counts, turn ids that are not the place of their turn.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

struct AnsweredTurn {
  std::string story;                    // id of the conversation
  std::int64_t turn = 0;                // turn_id, from 1
  std::string source;                   // "mctest"; the scorer's domain
  std::vector<std::string> references;  // the answer, then the additional ones by their keys
};

struct Conversations {
  std::string name;                 // the path, for messages
  std::vector<AnsweredTurn> turns;  // in the order of the file
  std::vector<std::string> warnings;
};

// Files without additional_answers (train) have one reference a turn; the official program cannot
// read them.
Result<Conversations> read_conversations(const std::filesystem::path& path);

struct PredictedAnswers {
  std::vector<std::string> answers;  // in the order of the turns
  std::vector<bool> given;           // false: no prediction, the turn scores 0
  std::vector<std::string> warnings;
};

// The official list [{"id", "turn_id", "answer"}].
Result<PredictedAnswers> read_answers(const std::filesystem::path& path,
                                      const Conversations& conversations);

// One answer a line; line i of `ids` is "id<TAB>turn_id", as ERNIE-GEN keeps them.
Result<PredictedAnswers> read_answer_lines(const std::filesystem::path& path,
                                           const std::filesystem::path& ids,
                                           const Conversations& conversations);

}  // namespace unimo::stages
