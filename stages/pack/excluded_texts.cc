#include "stages/pack/excluded_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace unimo::stages {

Result<ExcludedTexts> ExcludedTexts::read(std::span<const InputItem> files) {
  ExcludedTexts excluded;
  for (const InputItem& item : files) {
    std::ifstream file(item.path, std::ios::binary);
    if (!file) return fail(ErrorCode::kNotFound, "{}: cannot be read", item.path.string());
    std::string line;
    for (std::int64_t number = 1; std::getline(file, line); ++number) {
      if (line.ends_with('\r')) line.pop_back();
      if (line.empty()) continue;
      const std::size_t tab = line.find('\t');
      const std::string_view sentence =
          tab == std::string::npos ? "0" : std::string_view(line).substr(tab + 1);
      const bool is_number =
          !sentence.empty() && std::all_of(sentence.begin(), sentence.end(),
                                           [](char c) { return c >= '0' && c <= '9'; });
      if (!is_number) {
        return fail(ErrorCode::kInvalid,
                    "{}:{}: \"{}\" behind the tab is no number of a sentence; a line is an id, or "
                    "an id, a tab and a number",
                    item.path.string(), number, sentence);
      }
      excluded.lines_.insert(line);
    }
    if (file.bad()) return fail(ErrorCode::kIo, "{}: cannot read to the end", item.path.string());
  }
  return excluded;
}

bool ExcludedTexts::has_sentence(std::string_view document, std::size_t sentence) const {
  return size() > 0 && lines_.contains(fmt::format("{}\t{}", document, sentence));
}

}  // namespace unimo::stages
