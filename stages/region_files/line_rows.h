// Formats with a picture a line, from how one line is read and written.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "stages/ingest/stream/line_reader.h"
#include "stages/region_files/region_file.h"

namespace unimo::stages {

struct LineFormat {
  std::function<ParsedRow(std::string_view line)> parse;
  bool repeats_pictures = false;  // see RegionReader
};

// `Lines` is a LineReader or what reads like one.
template <class Lines>
class LineRows : public RegionReader {
 public:
  LineRows(Lines lines, LineFormat format) : lines_(std::move(lines)), format_(std::move(format)) {}
  Result<bool> next(RawRow& raw) override {
    LineReader::Line line;
    const bool more = UNIMO_TRY(lines_.next(line));
    if (!more) return false;
    raw.place = lines_.place(line);
    raw.bytes = line.text;
    return true;
  }
  ParsedRow parse(const RawRow& raw) const override { return format_.parse(raw.bytes); }
  bool repeats_pictures() const override { return format_.repeats_pictures; }

 private:
  Lines lines_;
  LineFormat format_;
};

// `Output` has line() and finish(), as TextOutput.
template <class Output>
class LineFile : public RegionWriter {
 public:
  using Write = std::function<Result<std::string>(const RegionRow& row)>;
  LineFile(Output file, Write write) : file_(std::move(file)), write_(std::move(write)) {}
  Status add(const RegionRow& row) override {
    const std::string line = UNIMO_TRY(write_(row));
    return file_.line(line);
  }
  Status finish() override { return file_.finish(); }

 private:
  Output file_;
  Write write_;
};

template <class Lines>
std::unique_ptr<RegionReader> line_rows(Lines lines, LineFormat format) {
  return std::make_unique<LineRows<Lines>>(std::move(lines), std::move(format));
}
template <class Output>
std::unique_ptr<RegionWriter> line_file(Output file, typename LineFile<Output>::Write write) {
  return std::make_unique<LineFile<Output>>(std::move(file), std::move(write));
}

}  // namespace unimo::stages
