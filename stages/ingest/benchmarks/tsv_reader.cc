#include "stages/ingest/benchmarks/tsv_reader.h"

#include <algorithm>

#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::optional<std::string_view> TsvRow::get(std::string_view column) const {
  const auto found = std::find(columns->begin(), columns->end(), column);
  if (found == columns->end()) return std::nullopt;
  return fields[static_cast<std::size_t>(found - columns->begin())];
}

std::optional<std::string_view> TsvRow::get(
    const std::vector<std::string>& columns_of_one_meaning) const {
  for (const std::string& column : columns_of_one_meaning) {
    if (const auto field = get(column)) return field;
  }
  return std::nullopt;
}

Result<TsvReader> TsvReader::open(const std::filesystem::path& path, const Options& options) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
  TsvReader reader(std::move(lines), path);
  reader.pending_ = UNIMO_TRY(reader.lines_->next(reader.line_));
  if (!reader.pending_)
    return fail(ErrorCode::kInvalid, "{}: is empty; download it again", path.string());
  std::vector<std::string_view> fields;
  split_tabs(reader.line_.text, fields);
  for (const std::string_view field : fields)
    reader.has_header_ = reader.has_header_ || contains(options.header_names, field);
  if (reader.has_header_) {
    UNIMO_TRY(reader.read_header(reader.line_.text));
  } else if (options.headerless.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}:1: no header: none of its {} fields is {}; is it the right file?",
                path.string(), fields.size(), join(options.header_names));
  } else {
    reader.layouts_ = options.headerless;
  }
  return reader;
}

Status TsvReader::read_header(std::string_view line) {
  std::vector<std::string_view> fields;
  split_tabs(line, fields);
  while (!fields.empty() && fields.back().empty()) fields.pop_back();
  std::vector<std::string> columns;
  for (const std::string_view field : fields) {
    if (contains(columns, field)) {
      return fail(ErrorCode::kInvalid, "{}:1: the column {} stands twice in the header",
                  path_.string(), field);
    }
    columns.emplace_back(field);
  }
  layouts_ = {std::move(columns)};
  pending_ = false;
  return ok();
}

bool TsvReader::has(const std::vector<std::string>& columns_of_one_meaning) const {
  return std::any_of(
      columns_of_one_meaning.begin(), columns_of_one_meaning.end(), [&](const std::string& column) {
        return std::any_of(layouts_.begin(), layouts_.end(),
                           [&](const auto& layout) { return contains(layout, column); });
      });
}

Status TsvReader::require(const std::vector<std::string>& columns_of_one_meaning) const {
  if (has(columns_of_one_meaning)) return ok();
  return fail(ErrorCode::kInvalid, "{}:1: no column {}; there are: {}", path_.string(),
              join(columns_of_one_meaning), layouts_.empty() ? "none" : join(layouts_.front()));
}

// Chooses the columns of a row; says what is wrong when none fits.
void TsvReader::fit(TsvRow& row) {
  const auto layout_of = [&](std::size_t size) {
    return std::find_if(layouts_.begin(), layouts_.end(),
                        [&](const auto& layout) { return layout.size() == size; });
  };
  const std::size_t fields = row.fields.size();
  auto layout = layout_of(fields);
  while (layout == layouts_.end() && row.fields.size() > 1 && row.fields.back().empty()) {
    row.fields.pop_back();
    layout = layout_of(row.fields.size());
  }
  if (layout != layouts_.end()) {
    row.columns = &*layout;
    if (row.fields.size() != fields) ++trailing_tabs_;
    return;
  }
  std::string expected;
  for (const auto& columns : layouts_)
    expected += fmt::format("{}{}", expected.empty() ? "" : " or ", columns.size());
  row.reason = "wrong_columns";
  row.detail = fmt::format("{} fields where {} must be; is there a tab inside a text? {}", fields,
                           expected, with_replacements(line_.text.substr(0, 120)));
}

Result<bool> TsvReader::next(TsvRow& row) {
  for (;;) {
    if (!pending_) {
      const bool more = UNIMO_TRY(lines_->next(line_));
      if (!more) return false;
    }
    pending_ = false;
    if (!line_.text.empty()) break;
    ++empty_lines_;
  }
  row.line = line_.number;
  row.place = lines_->place(line_);
  row.reason = {};
  row.detail.clear();
  row.columns = nullptr;
  split_tabs(line_.text, row.fields);
  if (!is_utf8(line_.text)) {
    const std::string repaired = with_replacements(line_.text);
    const auto [bad, unused] =
        std::mismatch(line_.text.begin(), line_.text.end(), repaired.begin(), repaired.end());
    row.reason = "invalid_utf8";
    row.detail = fmt::format("byte {} of the file is not UTF-8: {}",
                             line_.offset + (bad - line_.text.begin()), repaired.substr(0, 120));
    return true;
  }
  fit(row);
  return true;
}

}  // namespace unimo::stages
