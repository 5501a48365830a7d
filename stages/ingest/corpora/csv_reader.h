// Comma-separated values as RFC 4180 has them: fields may stand in quotes and then hold commas,
// line feeds and doubled quotes.
//
//   auto csv = UNIMO_TRY(CsvReader::open(path));
//   for (CsvReader::Row row; UNIMO_TRY(csv.next(row));) ...
//
// Real files are not quite that: a quote inside an unquoted field is text, empty lines are passed
// over, a carriage return before the line feed goes, so does a byte order mark at the beginning.
// What stands between a closing quote and the comma makes the row a problem. UTF-16, and a record
// of more than kMaxRecordBytes (a quote that is never closed), are kInvalid.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

class CsvReader {
 public:
  // Titles of pictures are the longest fields there are: some kilobytes.
  static constexpr std::size_t kMaxRecordBytes = 1 << 20;

  struct Row {
    std::vector<std::string> fields;
    std::int64_t line = 0;  // on which it begins, from 1
    std::string problem;    // empty: well-formed
  };

  static Result<CsvReader> open(const std::filesystem::path& path);
  explicit CsvReader(std::unique_ptr<ByteSource> source);

  // False at the end.
  Result<bool> next(Row& row);

  // "boxes.csv:12" for quarantine entries; the file's name without folders.
  std::string place(const Row& row) const;

 private:
  enum class State { kFieldStart, kUnquoted, kQuoted, kQuoteInQuoted };
  Status fill();
  Status begin();
  bool take(char c, Row& row);  // true: the record is complete
  void end_field(Row& row);

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::string buffer_;
  std::size_t at_ = 0, end_ = 0;
  std::int64_t line_ = 1;
  State state_ = State::kFieldStart;
  std::string field_;
  bool quoted_ = false;  // field_ stood in quotes
  bool begun_ = false;
};

// Where the columns of a header are.
class CsvHeader {
 public:
  CsvHeader() = default;
  explicit CsvHeader(std::vector<std::string> names) : names_(std::move(names)) {}

  // Nothing when there is no such column.
  std::optional<std::size_t> find(std::string_view name) const;
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
};

}  // namespace unimo::stages
