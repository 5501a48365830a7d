// Tab-separated files of benchmarks, with or without a header; columns by name.
//
//   auto rows = UNIMO_TRY(TsvReader::open(path, {.header_names = {"sentence"}}));
//   UNIMO_TRY(rows.require({"sentence", "label"}));
//   for (TsvRow row; UNIMO_TRY(rows.next(row));)
//     if (row.reason.empty()) use(*row.get("sentence"));
//
// No quoting: a double quote is a character like any other. Line ends, byte order mark and the last
// line are those of LineReader. Empty lines are passed over and counted. Tabs too many at the end
// of a row go, when nothing stands between them; any other row with more or fewer fields than
// columns has a reason, as has one that is not UTF-8.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/stream/line_reader.h"

namespace unimo::stages {

// Lives until the next call of TsvReader::next, as do the fields.
struct TsvRow {
  std::int64_t line = 0;
  std::string place;  // "dev.tsv:12"
  std::vector<std::string_view> fields;
  const std::vector<std::string>* columns = nullptr;
  std::string_view reason;  // of the quarantine: wrong_columns or invalid_utf8; empty: a good row
  std::string detail;

  // The field of the first of these columns that the file has.
  std::optional<std::string_view> get(std::string_view column) const;
  std::optional<std::string_view> get(const std::vector<std::string>& columns_of_one_meaning) const;
};

class TsvReader {
 public:
  struct Options {
    // The first line is a header when one of its fields is one of these.
    std::vector<std::string> header_names;
    // What the columns of files without a header are, by the number of fields; none: a header must
    // be there.
    std::vector<std::vector<std::string>> headerless;
  };

  // kInvalid: an empty file, no header where one must be, a column that stands twice.
  static Result<TsvReader> open(const std::filesystem::path& path, const Options& options);

  bool has_header() const { return has_header_; }
  // Whether any of these columns exists (in files without a header: in one of the layouts).
  bool has(const std::vector<std::string>& columns_of_one_meaning) const;
  // kInvalid, naming the columns that are there, when none of these is.
  Status require(const std::vector<std::string>& columns_of_one_meaning) const;

  // False at the end.
  Result<bool> next(TsvRow& row);

  std::int64_t empty_lines() const { return empty_lines_; }
  std::int64_t trailing_tabs() const { return trailing_tabs_; }  // rows that had some

 private:
  TsvReader(LineReader lines, const std::filesystem::path& path)
      : lines_(std::make_unique<LineReader>(std::move(lines))), path_(path) {}
  Status read_header(std::string_view line);
  void fit(TsvRow& row);
  std::unique_ptr<LineReader> lines_;  // stays where it is, because line_ points into it
  std::filesystem::path path_;
  bool has_header_ = false;
  bool pending_ = false;  // the first line is data and was read already
  LineReader::Line line_;
  std::vector<std::vector<std::string>> layouts_;
  std::int64_t empty_lines_ = 0, trailing_tabs_ = 0;
};

}  // namespace unimo::stages
