#include "stages/finetune/text_examples.h"

#include <algorithm>
#include <array>
#include <utility>

#include "stages/ingest/records.h"

namespace unimo::stages {

namespace {

Result<std::string> part_of(const ExampleRecord& example, std::string_view name,
                            const InputItem& artifact) {
  const auto found = example.parts.find(std::string(name));
  if (found != example.parts.end()) return found->second;
  return fail(ErrorCode::kInvalid, "{}: example {} has no part {}; are these records of the task?",
              artifact.path.string(), example.id, name);
}

class Reader {
 public:
  Reader(const TextClassKind& kind, const trainer::Tokenizer& tokenizer, int max_tokens,
         bool answers)
      : kind_(kind),
        tokenizer_(tokenizer),
        most_(static_cast<std::size_t>(max_tokens)),
        answers_(answers) {}

  Status add(const ExampleRecord& record, const InputItem& artifact) {
    trainer::TextExample example{.id = record.id, .ids = {}};
    const bool has_answer =
        kind_.classes.empty() ? record.score.has_value() : !record.label.empty();
    if (!has_answer && answers_) {
      ++read_.unlabelled;
      return ok();
    }
    if (kind_.classes.empty()) {
      example.score = static_cast<float>(record.score.value_or(0));
    } else if (has_answer) {
      example.label = UNIMO_TRY(class_of(record, artifact));
    }
    auto a = tokenizer_.encode(UNIMO_TRY(part_of(record, kind_.first, artifact)));
    std::vector<trainer::TokenId> b;
    if (!kind_.second.empty()) {
      const std::string text = UNIMO_TRY(part_of(record, kind_.second, artifact));
      b = tokenizer_.encode(text);
    }
    const std::size_t whole = a.size() + b.size() + (b.empty() ? 2 : 3);
    if (whole > most_) ++read_.cut;
    example.ids = trainer::joined_parts(std::move(a), std::move(b), most_);
    read_.examples.push_back(std::move(example));
    return ok();
  }

  TextExamples take() { return std::move(read_); }

 private:
  Result<std::int32_t> class_of(const ExampleRecord& record, const InputItem& artifact) const {
    const auto found = std::ranges::find(kind_.classes, record.label);
    if (found != kind_.classes.end())
      return static_cast<std::int32_t>(found - kind_.classes.begin());
    return fail(ErrorCode::kInvalid, "{}: example {} is labelled \"{}\"; {} has the classes {}",
                artifact.path.string(), record.id, record.label, kind_.task,
                fmt::join(kind_.classes, ", "));
  }

  const TextClassKind& kind_;
  const trainer::Tokenizer& tokenizer_;
  std::size_t most_;
  bool answers_;
  TextExamples read_;
};

}  // namespace

const TextClassKind* text_class_kind(std::string_view task) {
  static const std::array<TextClassKind, 4> kinds = {
      {{"sst2", "sentence", "", {"negative", "positive"}},
       {"cola", "sentence", "", {"unacceptable", "acceptable"}},
       {"mnli", "premise", "hypothesis", {"contradiction", "neutral", "entailment"}},
       {"stsb", "sentence1", "sentence2", {}}}};
  const auto* found = std::ranges::find(kinds, task, &TextClassKind::task);
  return found == kinds.end() ? nullptr : found;
}

Result<TextExamples> read_text_examples(const StageContext& context, const TextClassKind& kind,
                                        const trainer::Tokenizer& tokenizer,
                                        std::span<const std::string> splits, int max_tokens,
                                        bool answers) {
  Reader reader(kind, tokenizer, max_tokens, answers);
  for (const InputItem& artifact : context.inputs("examples")) {
    UNIMO_TRY(visit_examples(artifact.path, [&](ExampleRecord& example) -> Status {
      if (StageContext::stop_requested())
        return fail(ErrorCode::kCancelled, "stopped while reading examples");
      const bool wanted = std::ranges::find(splits, example.split) != splits.end();
      return wanted ? reader.add(example, artifact) : ok();
    }));
  }
  TextExamples read = reader.take();
  if (!read.examples.empty()) return read;
  return fail(ErrorCode::kInvalid,
              "{}: the input examples has none of {} in the splits {}{}; give records of "
              "ingest.{} with that split",
              context.job().task, kind.task, fmt::join(splits, ", "),
              answers ? " with an answer" : "", kind.task);
}

}  // namespace unimo::stages
