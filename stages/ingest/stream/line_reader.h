// Lines of a source, with their numbers: for TSV, JSON Lines, token files, line pairs.
//
//   auto lines = UNIMO_TRY(LineReader::open(path, {}));
//   for (LineReader::Line line; UNIMO_TRY(lines.next(line));) ...
//
// A line ends at a line feed and nowhere else (not at U+2028, form feeds or lone carriage returns);
// a carriage return before the line feed goes; a byte order mark before the first line goes; the
// last line need not end. Nothing is checked or changed in a line: see text/ for UTF-8.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

class LineReader {
 public:
  struct Options {
    SourceOptions source;
    std::size_t max_line_bytes = 64 << 20;  // a longer one is kInvalid: the file has no lines
  };
  struct Line {
    std::string_view text;    // lives until the next call
    std::int64_t number = 0;  // from 1
    std::int64_t offset = 0;  // bytes of the unpacked content before its text
  };

  static Result<LineReader> open(const std::filesystem::path& path, const Options& options);
  LineReader(std::unique_ptr<ByteSource> source, const Options& options);
  // For a member of an archive; `source` must outlive the reader.
  LineReader(ByteSource& source, const Options& options);

  // False at the end. UTF-16 (by its byte order mark) is kInvalid.
  Result<bool> next(Line& line);

  // "train.tsv:12" for quarantine entries; the file's name without folders.
  std::string place(const Line& line) const;
  const ByteSource& source() const { return *source_; }

 private:
  Status fill();
  Status begin();
  std::unique_ptr<ByteSource> owned_;
  ByteSource* source_;
  std::string short_name_;
  std::size_t max_line_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what waits in buffer_
  std::size_t next_read_ = 4 << 10;  // doubles, so that small files cost little memory
  std::int64_t number_ = 0, offset_ = 0;
  bool begun_ = false, ended_ = false;
};

// Fields between tabs: no quoting, because the benchmarks' TSV files have none. They live as long
// as the line.
void split_tabs(std::string_view line, std::vector<std::string_view>& fields);

}  // namespace unimo::stages
