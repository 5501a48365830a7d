#include "stages/ingest/benchmarks/glue.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "stages/ingest/stream/line_reader.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

constexpr double kLowestScore = 0, kHighestScore = 5;  // STS-B's scale

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// What test files hold where a label would stand.
bool is_no_label(std::string_view label) {
  return label.empty() || label == "-1" || label == "hidden";
}

// The class name of a label in words or digits; empty: it is none.
std::string class_of(const GlueTask& task, std::string_view label) {
  if (std::find(task.labels.begin(), task.labels.end(), label) != task.labels.end())
    return std::string(label);
  std::size_t digit = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), digit);
  const bool whole = error == std::errc() && end == label.data() + label.size();
  return whole && digit < task.digits.size() ? task.digits[digit] : "";
}

std::optional<double> score_of(std::string_view text) {
  double score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(score >= kLowestScore && score <= kHighestScore)) return std::nullopt;  // also NaN
  return score;
}

// A text of a JSON object; nothing when it is absent or no text.
std::optional<std::string_view> text_of(const Json& item, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const auto found = item.find(key);
    if (found != item.end() && found->is_string())
      return std::string_view(found->get_ref<const std::string&>());
  }
  return std::nullopt;
}

// The first line's first byte; '\0' when the file is empty.
Result<char> first_byte(const std::filesystem::path& path) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
  LineReader::Line line;
  const bool any = UNIMO_TRY(lines.next(line));
  return any && !line.text.empty() ? line.text.front() : '\0';
}

}  // namespace

GlueTask sst2_task() {
  return {.name = "sst2",
          .tsv = {.header_names = {"sentence"}, .headerless = {{"sentence", "label"}}},
          .parts = {{"sentence", {"sentence"}}},
          .label_columns = {"label"},
          .labels = {"negative", "positive"},
          .digits = {"negative", "positive"},
          .index_columns = {"index"}};
}

GlueTask cola_task() {
  // The first line of train and dev is data; only GLUE's test file has a header.
  return {.name = "cola",
          .tsv = {.header_names = {"sentence"},
                  .headerless = {{"source", "label", "mark", "sentence"}}},
          .parts = {{"sentence", {"sentence"}}},
          .label_columns = {"label"},
          .labels = {"unacceptable", "acceptable"},
          .digits = {"unacceptable", "acceptable"},
          .index_columns = {"index"},
          .extra = {{"source", {"source"}}, {"mark", {"mark"}}}};
}

GlueTask stsb_task() {
  const std::vector<std::string> original = {"genre", "filename",  "year",     "old_index",
                                             "score", "sentence1", "sentence2"};
  auto licensed = original;
  licensed.insert(licensed.end(), {"licence1", "licence2"});
  return {.name = "stsb",
          .tsv = {.header_names = {"sentence1"}, .headerless = {original, licensed}},
          .parts = {{"sentence1", {"sentence1"}}, {"sentence2", {"sentence2"}}},
          .label_columns = {"score"},
          .index_columns = {"index"},
          .extra = {{"genre", {"genre"}},
                    {"file", {"filename"}},
                    {"year", {"year"}},
                    {"old_index", {"old_index"}},
                    {"source1", {"source1"}},
                    {"source2", {"source2"}}}};
}

GlueTask mnli_task(const std::vector<std::string>& digits) {
  return {.name = "mnli",
          .tsv = {.header_names = {"sentence1", "premise", "Premise"},
                  .headerless = {{"label", "premise", "hypothesis"}}},
          .parts = {{"premise", {"sentence1", "premise", "Premise"}},
                    {"hypothesis", {"sentence2", "hypothesis", "Hypothesis"}}},
          .label_columns = {"gold_label", "label", "Label"},
          .labels = {"entailment", "neutral", "contradiction"},
          .digits = digits,
          .index_columns = {"index", "pairID"},
          .extra = {{"genre", {"genre"}},
                    {"pair_id", {"pairID"}},
                    {"prompt_id", {"promptID"}},
                    {"domain", {"Domain"}}}};
}

Status GlueReader::read(const BenchmarkFile& file) {
  if (task_.name == "mnli") {
    const char first = UNIMO_TRY(first_byte(file.path));
    if (first == '{') return read_jsonl(file);
  }
  return read_tsv(file);
}

Status GlueReader::read_tsv(const BenchmarkFile& file) {
  auto rows = UNIMO_TRY(TsvReader::open(file.path, task_.tsv));
  for (const GlueColumn& part : task_.parts) UNIMO_TRY(rows.require(part.columns));
  if (file.input.split != "test") UNIMO_TRY(rows.require(task_.label_columns));
  TsvRow row;
  while (UNIMO_TRY(rows.next(row))) {
    if (!row.reason.empty()) {
      UNIMO_TRY(sink_.refuse(row.place, row.place, row.reason, row.detail));
    } else {
      UNIMO_TRY(add_row(file, row));
    }
  }
  if (rows.empty_lines() > 0) sink_.note("lines.empty", rows.empty_lines());
  if (rows.trailing_tabs() > 0) sink_.note("rows.trailing_tabs", rows.trailing_tabs());
  return ok();
}

Status GlueReader::add_row(const BenchmarkFile& file, const TsvRow& row) {
  ExampleRecord example;
  const auto index = row.get(task_.index_columns);
  example.id = index && !trim(*index).empty() ? fmt::format("{}#{}", file.name, trim(*index))
                                              : fmt::format("{}:{}", file.name, row.line);
  for (const GlueColumn& part : task_.parts) {
    const auto text = row.get(part.columns);
    if (text) example.parts[part.name] = sink_.tidy(*text);
  }
  for (const GlueColumn& extra : task_.extra) {
    const auto text = row.get(extra.columns);
    if (text && !trim(*text).empty()) example.extra[extra.name] = trim(*text);
  }
  // MNLI: what single annotators chose.
  for (const char* column : {"label1", "label2", "label3", "label4", "label5"}) {
    const auto label = row.get(column);
    if (label && !trim(*label).empty()) example.extra["annotators"].push_back(trim(*label));
  }
  const auto label = row.get(task_.label_columns);
  return finish(file, row.place, trim(label.value_or("")), std::move(example));
}

Status GlueReader::read_jsonl(const BenchmarkFile& file) {
  LineReader lines = UNIMO_TRY(LineReader::open(file.path, {}));
  LineReader::Line line;
  while (UNIMO_TRY(lines.next(line))) {
    const std::string place = lines.place(line);
    if (line.text.empty()) {
      sink_.note("lines.empty");
      continue;
    }
    const auto item = parse_json(line.text, place);
    if (!item || !item->is_object()) {
      UNIMO_TRY(sink_.refuse(place, place, "bad_field",
                             item ? "not a JSON object" : item.error().message));
      continue;
    }
    UNIMO_TRY(add_json(file, place, line.number, *item));
  }
  return ok();
}

Status GlueReader::add_json(const BenchmarkFile& file, const std::string& place, std::int64_t line,
                            const Json& item) {
  ExampleRecord example;
  const auto index = text_of(item, task_.index_columns);
  example.id =
      index ? fmt::format("{}#{}", file.name, *index) : fmt::format("{}:{}", file.name, line);
  for (const GlueColumn& part : task_.parts) {
    const auto text = text_of(item, part.columns);
    if (!text) {
      return sink_.refuse(place, example.id, "bad_field",
                          fmt::format("{}: missing, or no text", part.columns.front()));
    }
    example.parts[part.name] = sink_.tidy(*text);
  }
  for (const GlueColumn& extra : task_.extra) {
    if (const auto text = text_of(item, extra.columns)) example.extra[extra.name] = *text;
  }
  if (item.contains("annotator_labels")) example.extra["annotators"] = item["annotator_labels"];
  return finish(file, place, text_of(item, task_.label_columns).value_or(""), std::move(example));
}

Status GlueReader::finish(const BenchmarkFile& file, const std::string& place,
                          std::string_view label, ExampleRecord example) {
  example.split = file.input.split;
  if (!file.input.set.empty()) example.extra["set"] = file.input.set;
  const bool none = is_no_label(label);
  if (none && example.split == "test") return sink_.add(place, example);
  if (label.empty())
    return sink_.refuse(place, example.id, "missing_label", "no label, and the split is not test");
  if (task_.labels.empty()) {
    example.score = score_of(label);
    if (!example.score) {
      return sink_.refuse(
          place, example.id, "bad_score",
          fmt::format("\"{}\" is not a number from {} to {}", label, kLowestScore, kHighestScore));
    }
    return sink_.add(place, example);
  }
  if (label == "-") {
    sink_.note("skipped.no_gold_label");
    return ok();
  }
  example.label = class_of(task_, label);
  if (example.label.empty()) {
    return sink_.refuse(
        place, example.id, "bad_label",
        fmt::format("\"{}\" is none of {}{}", label, join(task_.labels),
                    task_.digits.empty() ? "; set digits, if they stand for these" : ""));
  }
  return sink_.add(place, example);
}

}  // namespace unimo::stages
