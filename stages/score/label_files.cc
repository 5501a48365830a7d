#include "stages/score/label_files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <unordered_map>

#include "evaluators/evaluator.h"
#include "stages/ingest/benchmarks/tsv_reader.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/score/text_lines.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

const Names kEntailment{"entailment", "neutral", "contradiction"};
const Names kIdColumns{"index", "qid", "id", "pairID"};
const Names kPredictionColumns{"prediction", "pred"};
const Names kGoldColumns{"gold_label", "label", "Label", "score"};

std::string joined(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Names split_at_commas(std::string_view text) {
  Names names;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    names.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return names;
}

// Adds one value to labels or scores, or says what is wrong with it.
Status add_value(const LabelTask& task, std::string_view value, LabelFile& file) {
  if (task.is_regression()) {
    double score = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), score);
    if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(score))
      return fail(ErrorCode::kInvalid, "\"{}\" is no finite number", value);
    file.scores.push_back(score);
    return ok();
  }
  if (std::find(task.classes.begin(), task.classes.end(), value) != task.classes.end()) {
    file.labels.emplace_back(value);
    return ok();
  }
  std::size_t digit = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), digit);
  const bool whole = error == std::errc() && end == value.data() + value.size();
  if (whole && digit < task.digits.size()) {
    file.labels.push_back(task.digits[digit]);
    return ok();
  }
  const bool needs_order = whole && task.digits.empty();
  return fail(ErrorCode::kInvalid, "\"{}\" is no class of {}; take {}{}", value, task.name,
              joined(task.classes),
              needs_order ? ", or say with --digits which class each number is" : "");
}

tl::unexpected<Error> at_place(std::string_view place, const Error& error) {
  return fail(error.code, "{}: {}", place, error.message);
}

bool begins_as_json(const fs::path& path) {
  const auto source = open_source(path, {});
  char first = '\0';
  return source && (*source)->read({&first, 1}).value_or(0) == 1 && first == '{';
}

Names digits_of(std::string_view name) {
  if (name == "sst2") return {"negative", "positive"};
  if (name == "cola") return {"unacceptable", "acceptable"};
  return {};
}

// GLUE's tables have their columns by name, but for CoLA's and the three-column copies of MNLI.
TsvReader::Options gold_columns(const LabelTask& task) {
  TsvReader::Options options{.header_names = kGoldColumns};
  if (task.name == "cola") options.headerless = {{"source", "label", "mark", "sentence"}};
  if (task.name == "mnli") options.headerless = {{"label", "premise", "hypothesis"}};
  if (task.name == "stsb") {
    Names original{"genre", "filename", "year", "old_index", "score", "sentence1", "sentence2"};
    options.headerless.push_back(original);
    original.insert(original.end(), {"licence1", "licence2"});
    options.headerless.push_back(original);
  }
  return options;
}

Result<LabelFile> read_gold_table(const LabelTask& task, const fs::path& path) {
  auto rows = UNIMO_TRY(TsvReader::open(path, gold_columns(task)));
  UNIMO_TRY(rows.require(kGoldColumns));
  LabelFile file{.name = path.string()};
  TsvRow row;
  while (UNIMO_TRY(rows.next(row))) {
    const std::string place = fmt::format("{}:{}", file.name, row.line);
    if (!row.reason.empty()) return fail(ErrorCode::kInvalid, "{}: {}", place, row.detail);
    const auto value = row.get(kGoldColumns);
    if (!value) return fail(ErrorCode::kInvalid, "{}: the row has no label", place);
    if (const Status added = add_value(task, *value, file); !added)
      return at_place(place, added.error());
    file.ids.push_back(fmt::format("{}", file.ids.size()));
  }
  return file;
}

// SNLI-VE and MultiNLI: rows on which annotators did not agree ("-") are not part of the set.
Result<LabelFile> read_gold_json(const LabelTask& task, const fs::path& path) {
  LabelFile file{.name = path.string()};
  std::int64_t without_gold = 0;
  UNIMO_TRY(stream_json_lines(path, {}, [&](const JsonPlace& at, JsonView row) -> Status {
    const std::string place = fmt::format("{}:{}", file.name, at.line);
    const auto label = row.need_text("gold_label");
    if (!label) return at_place(place, label.error());
    if (*label == "-") {
      ++without_gold;
      return ok();
    }
    const auto id = row["pairID"].id_text();
    if (!id) return fail(ErrorCode::kInvalid, "{}: needs a \"pairID\"", place);
    if (const Status added = add_value(task, *label, file); !added)
      return at_place(place, added.error());
    file.ids.push_back(*id);
    return ok();
  }));
  if (without_gold > 0)
    file.warnings.push_back(fmt::format("{}: {} rows without a gold label (\"-\") are left out",
                                        file.name, without_gold));
  return file;
}

Result<LabelFile> read_predicted_json(const LabelTask& task, const fs::path& path) {
  LabelFile file{.name = path.string()};
  UNIMO_TRY(stream_json_lines(path, {}, [&](const JsonPlace& at, JsonView row) -> Status {
    const std::string place = fmt::format("{}:{}", file.name, at.line);
    const auto id = row["pairID"] ? row["pairID"].id_text() : row["id"].id_text();
    if (!id) return fail(ErrorCode::kInvalid, "{}: needs a \"pairID\" or \"id\"", place);
    const JsonView value = row["prediction"];
    const auto text =
        value.kind() == JsonKind::kNumber ? std::optional(value.dump()) : value.id_text();
    if (!text)
      return fail(ErrorCode::kInvalid, "{}: \"prediction\" is {}; it must be a class or a number",
                  place, to_string(value.kind()));
    if (const Status added = add_value(task, *text, file); !added)
      return at_place(place, added.error());
    file.ids.push_back(*id);
    return ok();
  }));
  return file;
}

// Where id and prediction stand in a line of fields.
struct PredictionColumns {
  std::size_t prediction = 0;
  std::size_t id = std::string::npos;  // none: the rows' order
  bool header = false;
};

std::size_t place_of(const std::vector<std::string_view>& fields, const Names& names) {
  for (const std::string& name : names) {
    const auto found = std::find(fields.begin(), fields.end(), name);
    if (found != fields.end()) return static_cast<std::size_t>(found - fields.begin());
  }
  return std::string::npos;
}

PredictionColumns columns_of(const std::vector<std::string_view>& first) {
  const std::size_t prediction = place_of(first, kPredictionColumns);
  if (prediction != std::string::npos) return {prediction, place_of(first, kIdColumns), true};
  return first.size() == 1 ? PredictionColumns{} : PredictionColumns{1, 0, false};
}

Result<LabelFile> read_predicted_table(const LabelTask& task, const fs::path& path) {
  const TextLines lines = UNIMO_TRY(read_text_lines(path, {}));
  LabelFile file{.name = lines.name, .warnings = warnings_of(lines, false)};
  std::vector<std::string_view> fields;
  split_tabs(lines.lines.front(), fields);
  const PredictionColumns columns = columns_of(fields);
  for (std::size_t i = columns.header ? 1 : 0; i < lines.lines.size(); ++i) {
    const std::string place = fmt::format("{}:{}", file.name, i + 1);
    split_tabs(lines.lines[i], fields);
    const std::size_t needed = columns.id == std::string::npos
                                   ? columns.prediction
                                   : std::max(columns.prediction, columns.id);
    if (fields.size() <= needed)
      return fail(ErrorCode::kInvalid,
                  "{}: {} columns; an id, a tab and a class are needed, as in the first line",
                  place, fields.size());
    if (const Status added = add_value(task, fields[columns.prediction], file); !added)
      return at_place(place, added.error());
    file.ids.push_back(columns.id == std::string::npos ? fmt::format("{}", file.ids.size())
                                                       : std::string(fields[columns.id]));
  }
  return file;
}

}  // namespace

Result<LabelTask> label_task(std::string_view name, std::string_view digits) {
  LabelTask task{.name = std::string(name), .digits = digits_of(name)};
  if (name == "sst2" || name == "cola") task.classes = task.digits;
  if (name == "mnli" || name == "ax" || name == "snli_ve") task.classes = kEntailment;
  if (digits.empty()) return task;
  task.digits = split_at_commas(digits);
  const std::set<std::string> given(task.digits.begin(), task.digits.end());
  if (given != std::set<std::string>(task.classes.begin(), task.classes.end()) ||
      given.size() != task.digits.size()) {
    return fail(ErrorCode::kInvalid, "digits: \"{}\" must name each class of {} once: {}", digits,
                name, joined(task.classes));
  }
  return task;
}

Result<LabelFile> read_gold(const LabelTask& task, const fs::path& path) {
  auto file =
      UNIMO_TRY(begins_as_json(path) ? read_gold_json(task, path) : read_gold_table(task, path));
  if (file.ids.empty())
    return fail(ErrorCode::kInvalid, "{}: no row; there is nothing to score", file.name);
  return file;
}

Result<LabelFile> read_predicted(const LabelTask& task, const fs::path& path,
                                 const LabelFile& gold) {
  const LabelFile file = UNIMO_TRY(begins_as_json(path) ? read_predicted_json(task, path)
                                                        : read_predicted_table(task, path));
  return in_order_of(gold, file);
}

Result<LabelFile> in_order_of(const LabelFile& gold, const LabelFile& predicted) {
  UNIMO_TRY(eval::check_ids(predicted.name, "id", gold.ids, predicted.ids));
  std::unordered_map<std::string_view, std::size_t> row_of;
  for (std::size_t i = 0; i < predicted.size(); ++i) row_of.emplace(predicted.ids[i], i);
  LabelFile ordered{.name = predicted.name, .ids = gold.ids, .warnings = predicted.warnings};
  for (const std::string& id : gold.ids) {
    const std::size_t row = row_of.at(id);
    if (!predicted.labels.empty()) ordered.labels.push_back(predicted.labels[row]);
    if (!predicted.scores.empty()) ordered.scores.push_back(predicted.scores[row]);
  }
  return ordered;
}

}  // namespace unimo::stages
