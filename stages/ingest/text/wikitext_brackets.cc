#include <algorithm>
#include <array>

#include "stages/ingest/text/wikitext_parts.h"

namespace unimo::stages::wikitext {

namespace {

constexpr auto kSigns = [] {
  std::array<bool, 256> signs{};
  for (const char c : {'[', ']', '{', '}', '|', '\n'}) signs[static_cast<unsigned char>(c)] = true;
  return signs;
}();

// One pass with a stack. A closing sign closes the innermost opening one of its kind; what opened
// inside and did not close is no bracket. Links never hold back braces, nor braces tables.
class Pairer {
 public:
  explicit Pairer(std::string_view text) : text_(text) {}

  std::vector<Bracket> run() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!kSigns[static_cast<unsigned char>(text_[i])]) {
        ++i;
        continue;
      }
      i = sign(i);
    }
    std::sort(pairs_.begin(), pairs_.end(),
              [](const Bracket& a, const Bracket& b) { return a.open < b.open; });
    return std::move(pairs_);
  }

 private:
  enum Kind { kLink, kBraces, kTable };
  struct Open {
    std::size_t place = 0, count = 0;  // of braces: how many are left
    Kind kind = kLink;
  };

  std::size_t run_length(std::size_t at) const {
    std::size_t end = at;
    while (end < text_.size() && text_[end] == text_[at]) ++end;
    return end - at;
  }

  std::size_t sign(std::size_t at) {
    switch (text_[at]) {
      case '\n': return newline(at);
      case '|': return bar(at);
      case '[': return open_link(at);
      case ']': return close_link(at);
      case '{': return open_braces(at);
      default: return close_braces(at);
    }
  }

  bool starts_line(std::size_t at) const {
    while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '\t' || text_[at - 1] == ':')) --at;
    return at == 0 || text_[at - 1] == '\n';
  }

  void pop() {
    --open_count_[open_.back().kind];
    open_.pop_back();
  }
  void push(std::size_t place, std::size_t count, Kind kind) {
    open_.push_back({place, count, kind});
    ++open_count_[kind];
  }
  void pop_links() {
    while (!open_.empty() && open_.back().kind == kLink) pop();
  }

  // A link does not go over an empty line, but the caption of a picture may.
  std::size_t newline(std::size_t at) {
    if (at + 1 < text_.size() && text_[at + 1] == '\n') {
      while (!open_.empty() && open_.back().kind == kLink &&
             text_.substr(open_.back().place, 12).find(':') == std::string_view::npos) {
        pop();
      }
    }
    return at + 1;
  }

  std::size_t bar(std::size_t at) {
    if (open_count_[kTable] == 0 || at + 1 >= text_.size() || text_[at + 1] != '}' ||
        !starts_line(at)) {
      return at + 1;
    }
    pop_links();
    if (open_.back().kind != kTable) return at + 1;  // "|}}" ends a template
    pairs_.push_back({open_.back().place, at, BracketKind::kTable});
    pop();
    return at + 2;
  }

  std::size_t open_link(std::size_t at) {
    const std::size_t count = run_length(at);
    // "[[[" is a bracket before a link, or a link in an external one's words.
    if (count >= 2) push(at + count - 2, 0, kLink);
    return at + count;
  }

  std::size_t close_link(std::size_t at) {
    const std::size_t count = run_length(at);
    std::size_t used = 0;
    while (count - used >= 2 && !open_.empty() && open_.back().kind == kLink) {
      pairs_.push_back({open_.back().place, at + used, BracketKind::kLink});
      pop();
      used += 2;
    }
    return at + count;
  }

  std::size_t open_braces(std::size_t at) {
    const std::size_t count = run_length(at);
    const bool table = count == 1 && at + 1 < text_.size() && text_[at + 1] == '|';
    if (table && starts_line(at)) {
      push(at, 0, kTable);
      return at + 2;
    }
    if (count >= 2) push(at, count, kBraces);
    return at + count;
  }

  std::size_t close_braces(std::size_t at) {
    const std::size_t count = run_length(at);
    std::size_t used = 0;
    while (count - used >= 2 && open_count_[kBraces] > 0) {
      while (open_.back().kind != kBraces) pop();
      Open& top = open_.back();
      const std::size_t width = std::min<std::size_t>({top.count, count - used, 3});
      pairs_.push_back({top.place + top.count - width, at + used,
                        width == 3 ? BracketKind::kParameter : BracketKind::kTemplate});
      top.count -= width;
      used += width;
      if (top.count < 2) pop();
    }
    return at + count;
  }

  std::string_view text_;
  std::vector<Open> open_;
  std::array<std::size_t, 3> open_count_{};
  std::vector<Bracket> pairs_;
};

}  // namespace

std::vector<Bracket> pair_brackets(std::string_view text) { return Pairer(text).run(); }

}  // namespace unimo::stages::wikitext
