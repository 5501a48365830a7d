#include "evaluators/ptb_tokenizer.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "evaluators/ptb_scanner.h"
#include "evaluators/unicode.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

// The official list names brackets in capitals, but the text is in lower case by then: brackets
// survive.
constexpr std::array<std::string_view, 13> kDropped = {"''", "'", "``", "`",  ".",   "?", "!",
                                                       ",",  ":", "-",  "--", "...", ";"};

// The characters that end a line for the scanner; only the caller's own line ends may count.
bool ends_line(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x0B || c == 0x0C || c == 0x2028 || c == 0x2029;
}

std::u32string one_text(std::span<const std::string> captions) {
  std::u32string text;
  for (const std::string& caption : captions) {
    std::u32string line = decode_utf8(caption);
    std::replace_if(line.begin(), line.end(), ends_line, U' ');
    text += line;
    text.push_back('\n');
  }
  return text;
}

}  // namespace

std::vector<std::vector<std::string>> ptb_tokenize(std::span<const std::string> captions) {
  auto lines = ptb::scan_lines(one_text(captions));
  UNIMO_CHECK(lines.size() == captions.size() + 1, "{} lines came back for {} captions",
              lines.size(), captions.size());
  lines.pop_back();  // what would follow the last line end
  return lines;
}

std::vector<std::string> scorer_text(std::span<const std::string> captions) {
  std::vector<std::string> texts;
  texts.reserve(captions.size());
  for (const std::vector<std::string>& tokens : ptb_tokenize(captions)) {
    std::string text;
    for (const std::string& token : tokens) {
      if (std::find(kDropped.begin(), kDropped.end(), token) != kDropped.end()) continue;
      if (!text.empty()) text.push_back(' ');
      text += token;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace unimo::eval
