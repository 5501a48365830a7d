#include "stages/ingest/benchmarks/unimo_tasks.h"

#include <algorithm>
#include <charconv>

#include "stages/ingest/benchmarks/cnndm.h"
#include "stages/ingest/benchmarks/example_sink.h"

namespace unimo::stages {

namespace {

// What UNIMO's post-processing splits summaries at.
constexpr std::string_view kSentenceMark = " [X_SEP] ";
constexpr std::string_view kNoLabel = "-1";

std::string with_marks(std::string_view lines) {
  std::string text;
  for (const char c : lines) {
    if (c == '\n') {
      text += kSentenceMark;
    } else {
      text += c;
    }
  }
  return text;
}

Result<std::string> part_of(const ExampleRecord& example, const std::string& name) {
  const auto found = example.parts.find(name);
  if (found != example.parts.end()) return found->second;
  return fail(ErrorCode::kInvalid,
              "example {} has no part {}; are these the records of another task?", example.id,
              name);
}

}  // namespace

bool UnimoTask::is_generation(std::string_view name) {
  return name == "coqa" || name == "squad_qg" || name == "cnndm" || name == "gigaword";
}

UnimoTask::UnimoTask(std::string name, UnimoCell* cells) : name_(std::move(name)), cells_(cells) {
  UNIMO_CHECK(cells_ != nullptr || !is_generation(name_), "{} needs a tokenizer", name_);
  if (name_ == "coqa") {
    columns_ = {"knowledge", "src", "tgt"};
  } else if (is_generation(name_)) {
    columns_ = {"src", "tgt"};
  } else if (name_ == "mnli") {
    parts_ = {"premise", "hypothesis"};
    labels_ = {"contradiction", "neutral", "entailment"};
  } else if (name_ == "stsb") {
    parts_ = {"sentence1", "sentence2"};
  } else {
    parts_ = {"sentence"};
    if (name_ == "sst2") labels_ = {"negative", "positive"};
    if (name_ == "cola") labels_ = {"unacceptable", "acceptable"};
  }
  if (parts_.size() == 1) columns_ = {"qid", "text_a", "label"};
  if (parts_.size() == 2) columns_ = {"qid", "text_a", "text_b", "label"};
}

Result<std::string> UnimoTask::format_label(const ExampleRecord& example) const {
  if (name_ == "stsb") return example.score ? fmt::format("{}", *example.score) : "-1";
  if (example.label.empty()) return std::string(kNoLabel);
  const auto found = std::find(labels_.begin(), labels_.end(), example.label);
  if (found == labels_.end()) {
    return fail(ErrorCode::kInvalid, "example {} has the label {}, which {} does not have",
                example.id, example.label, name_);
  }
  return fmt::format("{}", found - labels_.begin());
}

Result<std::string> UnimoTask::format(const ExampleRecord& example, std::int64_t row,
                                      std::int64_t& blanked) {
  if (!is_generation(name_)) {
    std::string line = fmt::format("{}", row);
    for (const std::string& part : parts_) {
      std::string text = UNIMO_TRY(part_of(example, part));
      if (text.find_first_of("\t\n\r") != std::string::npos) ++blanked;
      for (char& c : text) {
        if (c == '\t' || c == '\n' || c == '\r') c = ' ';
      }
      line += '\t';
      line += text;
    }
    const std::string label = UNIMO_TRY(format_label(example));
    return line + '\t' + label;
  }
  if (example.targets.empty())
    return fail(ErrorCode::kInvalid, "example {} has no target", example.id);
  std::string target = example.targets.front();
  if (name_ == "cnndm") target = with_marks(target);
  std::string line;
  std::vector<std::string> source;
  if (name_ == "coqa") {
    const std::string story = UNIMO_TRY(part_of(example, "story"));
    const std::string question = UNIMO_TRY(part_of(example, "question"));
    for (const Turn& turn : example.history)
      source.insert(source.end(), {turn.question, turn.answer});
    source.push_back(question);
    line = cells_->encode(story) + '\t';
  } else if (name_ == "squad_qg") {
    const std::string passage = UNIMO_TRY(part_of(example, "passage"));
    source = {passage};
    if (const auto answer = example.parts.find("answer"); answer != example.parts.end())
      source.push_back(answer->second);
  } else {
    const std::string text = UNIMO_TRY(part_of(example, name_ == "cnndm" ? "article" : "sentence"));
    source = {text};
  }
  return line + cells_->encode(source) + '\t' + cells_->encode(target);
}

Status UnimoTask::parse_label(std::string_view label, ExampleRecord& example) const {
  const char* const end = label.data() + label.size();
  if (name_ == "stsb") {
    double score = 0;
    const auto [rest, error] = std::from_chars(label.data(), end, score);
    if (error != std::errc() || rest != end || !(score >= 0 && score <= 5))
      return fail(ErrorCode::kInvalid, "label \"{}\" is no number from 0 to 5", label);
    example.score = score;
    return ok();
  }
  std::size_t number = 0;
  const auto [rest, error] = std::from_chars(label.data(), end, number);
  if (error != std::errc() || rest != end || number >= labels_.size()) {
    return fail(ErrorCode::kInvalid, "label \"{}\" is no number from 0 to {}", label,
                labels_.size() - 1);
  }
  example.label = labels_[number];
  return ok();
}

Result<std::string> UnimoTask::one_piece(const TsvRow& row, const char* column) const {
  auto pieces = cells_->decode(row.get(column).value_or(""));
  if (!pieces) return fail(ErrorCode::kInvalid, "{}: {}", column, pieces.error().message);
  if (pieces->size() == 1) return std::move(pieces->front());
  return fail(ErrorCode::kInvalid, "{}: {} [SEP] where none must be", column, pieces->size() - 1);
}

Status UnimoTask::parse_source(std::vector<std::string> pieces, ExampleRecord& example) const {
  if (name_ == "coqa") {
    if (pieces.size() % 2 == 0) {
      return fail(ErrorCode::kInvalid,
                  "src: {} turns; questions and answers take turns, and the last is a question",
                  pieces.size());
    }
    for (std::size_t i = 0; i + 1 < pieces.size(); i += 2)
      example.history.push_back({std::move(pieces[i]), std::move(pieces[i + 1])});
    example.parts["question"] = std::move(pieces.back());
    return ok();
  }
  const std::size_t most = name_ == "squad_qg" ? 2 : 1;
  if (pieces.size() > most)
    return fail(ErrorCode::kInvalid, "src: {} pieces; {} has at most {}", pieces.size(), name_,
                most);
  const char* part = "passage";
  if (name_ == "cnndm") part = "article";
  if (name_ == "gigaword") part = "sentence";
  example.parts[part] = std::move(pieces[0]);
  if (pieces.size() > 1) example.parts["answer"] = std::move(pieces[1]);
  return ok();
}

Result<ExampleRecord> UnimoTask::parse(const TsvRow& row, bool labels) const {
  ExampleRecord example;
  if (!is_generation(name_)) {
    constexpr std::array<const char*, 2> kTexts{"text_a", "text_b"};
    for (std::size_t i = 0; i < parts_.size(); ++i)
      example.parts[parts_[i]] = std::string(row.get(kTexts[i]).value_or(""));
    if (labels) UNIMO_TRY(parse_label(trim(row.get("label").value_or("")), example));
    return example;
  }
  auto pieces = cells_->decode(row.get("src").value_or(""));
  if (!pieces) return fail(ErrorCode::kInvalid, "src: {}", pieces.error().message);
  UNIMO_TRY(parse_source(std::move(*pieces), example));
  if (name_ == "coqa") example.parts["story"] = UNIMO_TRY(one_piece(row, "knowledge"));
  std::string target = UNIMO_TRY(one_piece(row, "tgt"));
  example.targets.push_back(name_ == "cnndm" ? sentence_lines(target).first : std::move(target));
  return example;
}

}  // namespace unimo::stages
