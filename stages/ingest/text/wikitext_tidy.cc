#include <algorithm>
#include <array>

#include "stages/ingest/text/text_check.h"
#include "stages/ingest/text/wikitext_parts.h"

namespace unimo::stages::wikitext {

namespace {

// Signs that Line::add looks at; all others are copied in runs.
constexpr auto kLookedAt = [] {
  std::array<bool, 256> signs{};
  for (const char c : {' ', '\t', '\r', '(', ')', ',', ';', ':', '.'})
    signs[static_cast<unsigned char>(c)] = true;
  return signs;
}();

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_pause(char c) { return c == ',' || c == ';' || c == ':'; }

// Builds one line: what templates and references left behind (blanks before commas, parentheses
// with nothing but pauses in them) goes while it is written.
class Line {
 public:
  void clear() {
    text_.clear();
    parentheses_.clear();
  }
  const std::string& text() const { return text_; }

  void add(char c, char next) {
    if (is_blank(c)) return blank();
    if (c == ')') return close();
    if (is_pause(c)) return pause(c, next);
    const bool ends = c == '.' && (next == '\n' || is_blank(next));
    if (ends) drop_blank();
    if (c == '(') parentheses_.push_back(text_.size());
    text_ += c;
  }

  void add_plain(std::string_view run) { text_ += run; }
  void trim() { drop_blank(); }

 private:
  void blank() {
    if (!text_.empty() && text_.back() != ' ' && !opens()) text_ += ' ';
  }
  void drop_blank() {
    if (!text_.empty() && text_.back() == ' ') text_.pop_back();
  }
  bool opens() const { return !parentheses_.empty() && parentheses_.back() + 1 == text_.size(); }

  // After '(' nothing comes before; ", ," is one.
  void pause(char c, char next) {
    if (opens() && (is_blank(next) || is_pause(next) || next == ')')) return;
    if (c != ':' || next == '\n' || is_blank(next)) drop_blank();
    if (c != ':' && !text_.empty() && is_pause(text_.back())) return;
    if (text_.empty() && is_blank(next)) return;
    text_ += c;
  }

  void close() {
    drop_blank();
    if (parentheses_.empty()) {
      text_ += ')';
      return;
    }
    const std::size_t open = parentheses_.back();
    parentheses_.pop_back();
    while (text_.size() > open + 1 &&
           (text_.back() == ' ' || text_.back() == ',' || text_.back() == ';')) {
      text_.pop_back();
    }
    // "main()" keeps its own.
    const bool own = open > 0 && text_[open - 1] != ' ';
    if (text_.size() == open + 1 && !own) {
      text_.pop_back();
      drop_blank();
    } else {
      text_ += ')';
    }
  }

  std::string text_;
  std::vector<std::size_t> parentheses_;  // where those that are open stand
};

}  // namespace

std::string tidy_lines(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  Line line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    line.clear();
    for (std::size_t i = 0; i < end; ++i) {
      std::size_t stop = i;
      while (stop < end && !kLookedAt[static_cast<unsigned char>(text[stop])]) ++stop;
      line.add_plain(text.substr(i, stop - i));
      i = stop;
      if (i < end) line.add(text[i], i + 1 < end ? text[i + 1] : '\n');
    }
    line.trim();
    if (has_word(line.text())) {
      result += line.text();
      result += '\n';
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace unimo::stages::wikitext
