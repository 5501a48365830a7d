#include "stages/score/text_lines.h"

#include <algorithm>
#include <array>

#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kMaxFileBytes = 1LL << 30;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::array<std::string_view, 12> kModelMarks{"[SEP]",  "[CLS]", "[PAD]",  "[UNK]",
                                                       "[MASK]", "<s>",   "</s>",   "<pad>",
                                                       "<unk>",  "##",    "\u0120", "\u2581"};

Status check_line(const TextLines& file, std::string_view line, const TextLineOptions& options) {
  const std::size_t number = file.lines.size() + 1;
  if (line.size() >= kMaxTextBytes) {
    return fail(ErrorCode::kInvalid,
                "{}:{}: {} bytes in one line; a text to score has less than {}: is this a file of "
                "texts, one a line?",
                file.name, number, line.size(), kMaxTextBytes);
  }
  if (const std::size_t at = line.find('\0'); at != std::string_view::npos) {
    return fail(ErrorCode::kInvalid,
                "{}:{}: byte {} is NUL; texts have none: write the file as UTF-8 text", file.name,
                number, at + 1);
  }
  if (options.bytes) return ok();
  if (const std::size_t at = first_bad_byte(line); at != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "{}:{}: byte {} (0x{:02X}) is not UTF-8; convert the file",
                file.name, number, at + 1, static_cast<unsigned char>(line[at]));
  }
  return ok();
}

}  // namespace

Result<TextLines> read_text_lines(const std::filesystem::path& path,
                                  const TextLineOptions& options) {
  const auto source = UNIMO_TRY(open_source(path, {}));
  const std::string content = UNIMO_TRY(read_all(*source, kMaxFileBytes));
  TextLines file{.name = path.string()};
  std::string_view rest = content;
  if (rest.starts_with(kByteOrderMark)) {
    file.byte_order_mark = true;
    rest.remove_prefix(kByteOrderMark.size());
  }
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    file.ended = end != std::string_view::npos;
    rest.remove_prefix(file.ended ? end + 1 : rest.size());
    if (file.ended && line.ends_with('\r')) {
      line.remove_suffix(1);
      ++file.carriage_returns;
    }
    UNIMO_TRY(check_line(file, line, options));
    if (options.bytes && !is_utf8(line)) ++file.not_utf8;
    if (line.find_first_not_of(" \t") == std::string_view::npos) ++file.empty;
    file.lines.emplace_back(line);
  }
  if (file.lines.empty()) {
    return fail(ErrorCode::kInvalid, "{}: is empty; there is nothing to score", file.name);
  }
  return file;
}

Status check_same_length(const TextLines& a, const TextLines& b) {
  if (a.lines.size() == b.lines.size()) return ok();
  return fail(ErrorCode::kInvalid,
              "{} has {} lines, {} has {}; line i of one belongs to line i of the other: write an "
              "empty line where there is no text",
              a.name, a.lines.size(), b.name, b.lines.size());
}

bool has_model_marks(std::string_view text) {
  return std::any_of(kModelMarks.begin(), kModelMarks.end(), [&](std::string_view mark) {
    return text.find(mark) != std::string_view::npos;
  });
}

std::vector<std::string> warnings_of(const TextLines& file, bool marks) {
  std::vector<std::string> warnings;
  const auto warn = [&](std::int64_t count, std::string_view what) {
    if (count > 0)
      warnings.push_back(
          fmt::format("{}: {} {} {}", file.name, count, count == 1 ? "line" : "lines", what));
  };
  if (file.byte_order_mark)
    warnings.push_back(file.name + ": begins with a byte order mark, which is not scored");
  warn(file.carriage_returns, "end in CR LF; the CR is not scored");
  warn(file.not_utf8, "are not UTF-8; they are scored byte by byte, as the official program does");
  warn(file.empty, "have no text; they score 0");
  if (marks) {
    warn(std::count_if(file.lines.begin(), file.lines.end(), has_model_marks),
         "hold special tokens or marks of word pieces, which count as words; decode them first");
  }
  return warnings;
}

}  // namespace unimo::stages
