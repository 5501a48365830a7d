// The examples of GLUE's tasks as training and prediction take them: tokens and answers.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/stage/stage.h"
#include "trainer/tasks/text_class.h"

namespace unimo::stages {

// What a task's examples are made of ("An example" of docs/formats.md).
struct TextClassKind {
  std::string_view task;
  std::string_view first, second;    // names of the parts; second: empty where there is one
  std::vector<std::string> classes;  // by number, as UNIMO's release numbers them; empty: a score
  trainer::TextClassHead head() const {
    return {.outputs = classes.empty() ? 1 : static_cast<int>(classes.size())};
  }
};

// sst2, cola, mnli or stsb; nullptr: another task.
const TextClassKind* text_class_kind(std::string_view task);

struct TextExamples {
  std::vector<trainer::TextExample> examples;
  std::int64_t cut = 0;         // longer than max_tokens
  std::int64_t unlabelled = 0;  // left out: without an answer, where one is needed
};

// Those of the splits, in the order of the artifacts. kInvalid, naming artifact and example, for a
// part that is missing or a class that the task does not have; and when there is none.
Result<TextExamples> read_text_examples(const StageContext& context, const TextClassKind& kind,
                                        const trainer::Tokenizer& tokenizer,
                                        std::span<const std::string> splits, int max_tokens,
                                        bool answers);

}  // namespace unimo::stages
