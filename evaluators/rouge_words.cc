#include "evaluators/rouge_words.h"

#include <algorithm>

namespace unimo::eval {

namespace {

bool is_word_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The two characters outside ASCII whose lower case begins with an ASCII letter, in UTF-8: the
// Kelvin sign, and the dotted capital I, which becomes an i and a combining dot.
constexpr std::string_view kKelvin = "\xE2\x84\xAA";
constexpr std::string_view kDottedI = "\xC4\xB0";

std::string with_ascii_lower_case(std::string_view line) {
  std::string text;
  text.reserve(line.size());
  while (!line.empty()) {
    if (line.starts_with(kKelvin)) {
      text += 'k';
      line.remove_prefix(kKelvin.size());
    } else if (line.starts_with(kDottedI)) {
      text += "i ";  // the dot separates words
      line.remove_prefix(kDottedI.size());
    } else {
      text += line.front();
      line.remove_prefix(1);
    }
  }
  return text;
}

bool may_have_ascii_lower_case(std::string_view line) {
  return line.find(kKelvin) != std::string_view::npos ||
         line.find(kDottedI) != std::string_view::npos;
}

}  // namespace

Status check_references(std::span<const SummaryItem> items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].references.empty()) continue;
    return fail(ErrorCode::kInvalid,
                "summary {} of {} has no reference; every one needs at least one", i + 1,
                items.size());
  }
  return ok();
}

std::string reference_counts(std::span<const SummaryItem> items) {
  std::size_t least = items.empty() ? 0 : items.front().references.size();
  std::size_t most = least;
  for (const SummaryItem& item : items) {
    least = std::min(least, item.references.size());
    most = std::max(most, item.references.size());
  }
  return least == most ? fmt::format("{}", least) : fmt::format("{}-{}", least, most);
}

NumberedSummary SummaryReader::read(std::string_view text) {
  NumberedSummary summary;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (dialect_ == RougeDialect::kPerl) {
      read_line(line.substr(0, line.find('<')), summary);
    } else if (may_have_ascii_lower_case(line)) {
      read_line(with_ascii_lower_case(line), summary);
    } else {
      read_line(line, summary);
    }
  }
  return summary;
}

void SummaryReader::read_line(std::string_view line, NumberedSummary& summary) {
  const std::size_t before = summary.words.size();
  word_.clear();
  for (const char byte : line) {
    const char c = lower(byte);
    if (is_word_byte(c)) {
      word_ += c;
    } else if (!word_.empty()) {
      summary.words.push_back(number(word_));
      word_.clear();
    }
  }
  if (!word_.empty()) summary.words.push_back(number(word_));
  if (summary.words.size() > before) summary.ends.push_back(summary.words.size());
}

WordId SummaryReader::number(const std::string& word) {
  const auto fresh = [this] { return static_cast<WordId>(ids_.size()); };
  if (!stem_) return ids_.try_emplace(word, fresh()).first->second;
  const auto known = seen_.find(word);
  if (known != seen_.end()) return known->second;
  const WordId id = ids_.try_emplace(stem_(word), fresh()).first->second;
  seen_.emplace(word, id);
  return id;
}

}  // namespace unimo::eval
