// Lines of a .tsv and, where there is one, the .lineidx beside it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/base/result.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/region_files/text_output.h"

namespace unimo::stages {

class IndexedLines {
 public:
  // X.tsv with X.lineidx.
  static Result<IndexedLines> open(const std::filesystem::path& path);
  // kInvalid where the index says another byte, ends before the lines or goes on behind them: it
  // belongs to another file, and programs that use it would read the wrong rows.
  Result<bool> next(LineReader::Line& line);
  std::string place(const LineReader::Line& line) const { return lines_.place(line); }

 private:
  IndexedLines(LineReader lines, std::optional<LineReader> index)
      : lines_(std::move(lines)), index_(std::move(index)) {}
  Status check(bool more, const LineReader::Line& line);
  LineReader lines_;
  std::optional<LineReader> index_;
};

// The same written: X.tsv and X.lineidx.
class IndexedOutput {
 public:
  static Result<IndexedOutput> create(const std::filesystem::path& path);
  Status line(std::string_view text);
  Status finish();

 private:
  IndexedOutput(TextOutput lines, TextOutput index)
      : lines_(std::move(lines)), index_(std::move(index)) {}
  TextOutput lines_, index_;
};

}  // namespace unimo::stages
