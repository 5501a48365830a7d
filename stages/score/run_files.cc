#include "stages/score/run_files.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "evaluators/evaluator.h"
#include "stages/ingest/stream/json_stream.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> ids_of(const std::vector<ExampleRecord>& examples) {
  std::vector<std::string> ids;
  for (const ExampleRecord& example : examples) ids.push_back(example.id);
  return ids;
}

// One line after the other: its id and its value of this kind.
template <class Take>
Status visit_predictions(const fs::path& folder, const Take& take) {
  const fs::path file = folder / "predictions.jsonl";
  return stream_json_lines(file, {}, [&](const JsonPlace& at, JsonView line) -> Status {
    const auto id = line["id"].id_text();
    const Status taken =
        id ? take(*id, line) : fail(ErrorCode::kInvalid, "needs a text or number \"id\"");
    if (taken) return ok();
    return fail(ErrorCode::kInvalid, "{}:{}: {}", file.string(), at.line, taken.error().message);
  });
}

std::string text_of(const Json& extra, const char* key) {
  const auto found = extra.find(key);
  return found != extra.end() && found->is_string() ? found->get<std::string>() : "";
}

tl::unexpected<Error> lacks(const ExampleRecord& example, std::string_view what) {
  return fail(ErrorCode::kInvalid,
              "references: example {} has no {}; take the records of the benchmark's own ingest, "
              "and a split with answers",
              example.id, what);
}

}  // namespace

Result<std::vector<ExampleRecord>> examples_of_split(const fs::path& folder,
                                                     std::string_view split) {
  std::vector<ExampleRecord> examples;
  UNIMO_TRY(visit_examples(folder, [&](ExampleRecord& example) {
    if (example.split == split) examples.push_back(std::move(example));
    return ok();
  }));
  if (examples.empty())
    return fail(ErrorCode::kInvalid, "{}: no example has the split \"{}\"", folder.string(), split);
  return examples;
}

Result<std::vector<std::string>> predicted_texts(const fs::path& folder,
                                                 const std::vector<ExampleRecord>& examples) {
  std::vector<std::string> ids;
  std::unordered_map<std::string, std::string> text_of_id;
  const auto take = [&](const std::string& id, JsonView line) -> Status {
    const auto text = UNIMO_TRY(line.need_text("text"));
    ids.push_back(id);
    text_of_id.emplace(id, text);
    return ok();
  };
  UNIMO_TRY(visit_predictions(folder, take));
  UNIMO_TRY(
      eval::check_ids((folder / "predictions.jsonl").string(), "example", ids_of(examples), ids));
  std::vector<std::string> texts;
  for (const ExampleRecord& example : examples) texts.push_back(text_of_id.at(example.id));
  return texts;
}

Result<LabelFile> predicted_labels(const LabelTask& task, const fs::path& folder,
                                   const LabelFile& gold) {
  LabelFile predicted{.name = (folder / "predictions.jsonl").string()};
  const auto take = [&](const std::string& id, JsonView line) -> Status {
    predicted.ids.push_back(id);
    if (task.is_regression()) {
      predicted.scores.push_back(UNIMO_TRY(line.need_number("score")));
      return ok();
    }
    const auto label = UNIMO_TRY(line.need_text("label"));
    if (std::find(task.classes.begin(), task.classes.end(), label) == task.classes.end())
      return fail(ErrorCode::kInvalid, "\"{}\" is no class of {}", label, task.name);
    predicted.labels.emplace_back(label);
    return ok();
  };
  UNIMO_TRY(visit_predictions(folder, take));
  return in_order_of(gold, predicted);
}

Result<LabelFile> gold_labels(const LabelTask& task, const std::vector<ExampleRecord>& examples) {
  LabelFile gold{.name = "references", .ids = ids_of(examples)};
  for (const ExampleRecord& example : examples) {
    if (task.is_regression()) {
      if (!example.score) return lacks(example, "score");
      gold.scores.push_back(*example.score);
    } else {
      if (example.label.empty()) return lacks(example, "label");
      gold.labels.push_back(example.label);
    }
  }
  return gold;
}

std::vector<std::string> sets_of(const std::vector<ExampleRecord>& examples) {
  std::vector<std::string> sets;
  for (const ExampleRecord& example : examples) sets.push_back(text_of(example.extra, "set"));
  return sets;
}

Result<std::vector<std::string>> first_targets(const std::vector<ExampleRecord>& examples) {
  std::vector<std::string> targets;
  for (const ExampleRecord& example : examples) {
    if (example.targets.empty()) return lacks(example, "target");
    targets.push_back(example.targets.front());
  }
  return targets;
}

std::vector<std::string> question_sources(const std::vector<ExampleRecord>& examples) {
  const auto part = [](const ExampleRecord& example, const char* name) {
    const auto found = example.parts.find(name);
    return found == example.parts.end() ? std::string() : found->second;
  };
  std::vector<std::string> sources;
  // As UniLM's source lines have it; the sentence alone where there is no answer (Du's lines).
  for (const ExampleRecord& example : examples) {
    const std::string answer = part(example, "answer");
    sources.push_back(part(example, "passage") + (answer.empty() ? "" : " [SEP] " + answer));
  }
  return sources;
}

Result<Conversations> conversations_of(const std::vector<ExampleRecord>& examples) {
  Conversations conversations{.name = "references"};
  for (const ExampleRecord& example : examples) {
    const std::string source = text_of(example.extra, "source");
    if (source.empty() || example.targets.empty()) return lacks(example, "source or answer");
    const auto turn = example.extra.find("turn");
    if (turn == example.extra.end() || !turn->is_number_integer()) return lacks(example, "turn");
    const std::string story = example.id.substr(0, example.id.rfind('#'));  // "story#turn"
    conversations.turns.push_back({story, turn->get<std::int64_t>(), source, example.targets});
  }
  return conversations;
}

Result<AnnotatedQuestions> annotated_questions_of(const std::vector<ExampleRecord>& examples) {
  AnnotatedQuestions questions{.name = "references"};
  for (const ExampleRecord& example : examples) {
    AnnotatedQuestion question{.question_type = text_of(example.extra, "question_type"),
                               .answer_type = text_of(example.extra, "answer_type")};
    const auto answers = example.extra.find("answers");
    if (answers == example.extra.end() || !answers->is_array()) return lacks(example, "answers");
    for (const Json& answer : *answers) {
      if (!answer.is_string()) return lacks(example, "answers that are texts");
      question.answers.push_back(answer.get<std::string>());
    }
    const char* end = example.id.data() + example.id.size();
    if (std::from_chars(example.id.data(), end, question.id).ptr != end)
      return lacks(example, "number as its id");
    questions.questions.push_back(std::move(question));
  }
  return questions;
}

}  // namespace unimo::stages
