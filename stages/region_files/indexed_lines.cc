#include "stages/region_files/indexed_lines.h"

#include <charconv>

namespace unimo::stages {

namespace fs = std::filesystem;

Result<IndexedLines> IndexedLines::open(const fs::path& path) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
  const fs::path index = fs::path(path).replace_extension(".lineidx");
  std::error_code error;
  if (!fs::exists(index, error)) return IndexedLines(std::move(lines), std::nullopt);
  LineReader of_index = UNIMO_TRY(LineReader::open(index, {}));
  return IndexedLines(std::move(lines), std::move(of_index));
}

Status IndexedLines::check(bool more, const LineReader::Line& line) {
  LineReader::Line entry;
  const bool indexed = UNIMO_TRY(index_->next(entry));
  std::int64_t offset = -1;
  if (indexed) std::from_chars(entry.text.data(), entry.text.data() + entry.text.size(), offset);
  if (more == indexed && (!more || offset == line.offset)) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: {}, but its .lineidx says {}; make the index anew or remove it",
              lines_.source().name(),
              more ? fmt::format("line {} begins at byte {}", line.number, line.offset)
                   : std::string("ends"),
              indexed ? std::string(entry.text.substr(0, 40)) : std::string("that there is none"));
}

Result<bool> IndexedLines::next(LineReader::Line& line) {
  const bool more = UNIMO_TRY(lines_.next(line));
  if (index_) UNIMO_TRY(check(more, line));
  return more;
}

Result<IndexedOutput> IndexedOutput::create(const fs::path& path) {
  TextOutput lines = UNIMO_TRY(TextOutput::create(path));
  TextOutput index = UNIMO_TRY(TextOutput::create(fs::path(path).replace_extension(".lineidx")));
  return IndexedOutput(std::move(lines), std::move(index));
}

Status IndexedOutput::line(std::string_view text) {
  UNIMO_TRY(index_.line(fmt::format("{}", lines_.offset())));
  return lines_.line(text);
}

Status IndexedOutput::finish() {
  UNIMO_TRY(index_.finish());
  return lines_.finish();
}

}  // namespace unimo::stages
