#include "stages/fetch/url_lists.h"

#include <algorithm>
#include <optional>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/job.h"
#include "stages/ingest/corpora/csv_reader.h"
#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/stream/line_reader.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

using Format = UrlLists::Format;

// Enough to see the header of any CSV file.
constexpr std::size_t kHeadBytes = 64 << 10;

Result<std::string> read_head(const fs::path& path) {
  const auto source = UNIMO_TRY(open_source(path, {}));
  std::string head(kHeadBytes, '\0');
  std::size_t size = 0;
  while (size < head.size()) {
    const std::size_t got = UNIMO_TRY(source->read({head.data() + size, head.size() - size}));
    if (got == 0) break;
    size += got;
  }
  head.resize(size);
  if (head.starts_with("\xEF\xBB\xBF")) head.erase(0, 3);
  return head;
}

std::optional<std::size_t> find_column(const std::vector<std::string>& header,
                                       const std::string& column) {
  const std::vector<std::string> names =
      column.empty() ? std::vector<std::string>{"OriginalURL", "url", "URL"} : std::vector{column};
  for (const std::string& name : names) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  }
  return std::nullopt;
}

// Only to tell what a file is: CsvReader reads it in earnest.
bool is_csv_header(std::string_view line, const std::string& column) {
  std::vector<std::string> names(1);
  for (const char c : line) {
    if (c == ',')
      names.emplace_back();
    else if (c != '"' && c != '\r')
      names.back() += c;
  }
  return names.size() > 1 && find_column(names, column).has_value();
}

Result<Format> tell_format(const fs::path& path, const UrlListOptions& options) {
  if (options.format == "tsv") return Format::kTsv;
  if (options.format == "csv") return Format::kCsv;
  if (options.format == "json") return Format::kJson;
  if (options.format == "lines") return Format::kLines;
  const std::string head = UNIMO_TRY(read_head(path));
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (head[first] == '{' || head[first] == '['))
    return Format::kJson;
  const std::string_view line = std::string_view(head).substr(0, head.find('\n'));
  if (is_csv_header(line, options.column)) return Format::kCsv;
  return line.find('\t') != std::string_view::npos ? Format::kTsv : Format::kLines;
}

Result<std::vector<fs::path>> files_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector{path};
  std::vector<fs::path> files;
  for (const std::string& name : UNIMO_TRY(list_files(path))) files.push_back(path / name);
  return files;
}

}  // namespace

std::string_view to_string(Format format) {
  switch (format) {
    case Format::kTsv: return "tsv";
    case Format::kCsv: return "csv";
    case Format::kJson: return "json";
    case Format::kLines: return "lines";
  }
  return "lines";
}

// One pass over the lists; counts the rows.
class UrlLists::Walk {
 public:
  Walk(const UrlListOptions& options, const std::function<Status(const ListedUrl&)>& visit)
      : options_(options), visit_(visit) {}

  bool full() const { return options_.max_rows > 0 && row_ >= options_.max_rows; }

  Status read(const List& list, std::size_t index) {
    list_ = index;
    switch (list.format) {
      case Format::kTsv:
      case Format::kLines: return read_lines(list);
      case Format::kCsv: return read_csv(list.path);
      case Format::kJson: return read_json_list(list.path);
    }
    return ok();
  }

 private:
  Status give(std::string_view text, bool bad_row) {
    if (full()) return ok();
    return visit_({.row = row_++, .list = list_, .text = text, .bad_row = bad_row});
  }

  Status read_lines(const List& list) {
    auto lines = UNIMO_TRY(LineReader::open(list.path, {}));
    std::vector<std::string_view> fields;
    for (LineReader::Line line; !full() && UNIMO_TRY(lines.next(line));) {
      if (list.format == Format::kLines) {
        UNIMO_TRY(give(line.text, false));
        continue;
      }
      split_tabs(line.text, fields);
      const bool bad = fields.size() != 2;
      UNIMO_TRY(give(bad ? line.text : fields[1], bad));
    }
    return ok();
  }

  Status read_csv(const fs::path& path) {
    auto csv = UNIMO_TRY(CsvReader::open(path));
    CsvReader::Row row;
    const bool has_header = UNIMO_TRY(csv.next(row));
    const auto column =
        has_header ? find_column(row.fields, options_.column) : std::optional<std::size_t>();
    if (!column) {
      return fail(ErrorCode::kInvalid,
                  "{}:1: no column {} in the header; name the column of addresses with column, or "
                  "give another format",
                  path.string(), options_.column.empty() ? "OriginalURL or url" : options_.column);
    }
    const std::size_t width = row.fields.size();
    while (!full() && UNIMO_TRY(csv.next(row))) {
      const bool bad = !row.problem.empty() || row.fields.size() != width;
      UNIMO_TRY(give(bad ? std::string_view() : row.fields[*column], bad));
    }
    return ok();
  }

  Status read_json_list(const fs::path& path) {
    bool found = false;
    UNIMO_TRY(
        stream_json(path, {}, [&](std::string_view section, std::size_t, Json& element) -> Status {
          if (!section.empty() && section != "image_urls") return ok();
          found = true;
          const bool bad = !element.is_string();
          return give(bad ? std::string_view() : element.get_ref<const std::string&>(), bad);
        }));
    if (!found) {
      return fail(ErrorCode::kInvalid,
                  "{}: no addresses: there should be a list image_urls, or the whole should be one "
                  "list of texts",
                  path.string());
    }
    return ok();
  }

  const UrlListOptions& options_;
  const std::function<Status(const ListedUrl&)>& visit_;
  std::int64_t row_ = 0;
  std::size_t list_ = 0;
};

Result<UrlLists> UrlLists::find(std::span<const InputItem> items, const UrlListOptions& options) {
  UrlLists lists(options);
  for (const InputItem& item : items) {
    const auto files = UNIMO_TRY(files_of(item.path));
    for (const fs::path& file : files) {
      const Format format = UNIMO_TRY(tell_format(file, options));
      lists.lists_.push_back({file, format});
    }
  }
  if (lists.lists_.empty())
    return fail(ErrorCode::kInvalid, "input lists: no file of addresses there");
  return lists;
}

Status UrlLists::visit(const std::function<Status(const ListedUrl&)>& visit) const {
  Walk walk(options_, visit);
  for (std::size_t i = 0; i < lists_.size() && !walk.full(); ++i)
    UNIMO_TRY(walk.read(lists_[i], i));
  return ok();
}

}  // namespace unimo::stages
