// A file of texts, one a line, as scorers read it: predictions, references, source lines.
//
//   const TextLines lines = UNIMO_TRY(read_text_lines("predictions.txt", {}));
//
// Lines end at line feeds alone; the last one need not end. A byte order mark, and a carriage
// return before the line feed, are no part of a text: they go and are counted. Refused, with file,
// line and remedy: NUL bytes, lines of a megabyte (a file without line ends, or another kind of
// file), bytes that are not UTF-8 unless the scorer works on bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

constexpr std::size_t kMaxTextBytes = 1'000'000;  // a scored text has fewer

struct TextLineOptions {
  bool bytes = false;  // bytes that are not UTF-8 are scored, and counted
};

struct TextLines {
  std::string name;  // the path, for messages
  std::vector<std::string> lines;
  bool ended = true;  // the last line has a line feed
  std::int64_t carriage_returns = 0, not_utf8 = 0, empty = 0;
  bool byte_order_mark = false;
};

Result<TextLines> read_text_lines(const std::filesystem::path& path,
                                  const TextLineOptions& options);

// kInvalid with both numbers, when the files do not belong line to line.
Status check_same_length(const TextLines& a, const TextLines& b);

// What decoding should have taken away and scorers take as words: special tokens, and the marks of
// word pieces (WordPiece, byte-level BPE, SentencePiece).
bool has_model_marks(std::string_view text);

// Things to tell about texts that are scored as they are: "pred.txt: 3 lines end in CR LF; …".
// `marks`: whether special tokens are worth a word (not where they are part of the format).
std::vector<std::string> warnings_of(const TextLines& lines, bool marks);

}  // namespace unimo::stages
