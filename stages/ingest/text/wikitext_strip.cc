#include <algorithm>
#include <array>

#include "stages/ingest/text/wikitext_parts.h"

namespace unimo::stages::wikitext {

namespace {

// Tags whose content is not part of the text.
constexpr auto kDropped = std::to_array<std::string_view>({"ref",
                                                           "references",
                                                           "math",
                                                           "gallery",
                                                           "syntaxhighlight",
                                                           "source",
                                                           "timeline",
                                                           "score",
                                                           "hiero",
                                                           "imagemap",
                                                           "graph",
                                                           "mapframe",
                                                           "pre",
                                                           "ce",
                                                           "chem",
                                                           "templatestyles",
                                                           "templatedata",
                                                           "indicator",
                                                           "inputbox",
                                                           "includeonly",
                                                           "table",
                                                           "style",
                                                           "script",
                                                           "categorytree",
                                                           "section",
                                                           "charinsert",
                                                           "dynamicpagelist",
                                                           "maplink",
                                                           "rt"});

// Signs that would be markup outside <nowiki>, by the control character that hides them. Those of
// white space (9, 10, 13) mean themselves.
constexpr std::string_view kHidden{"\0[]{}'<&=\0\0*#\0:;|_-!", 20};
constexpr char kNothing = 0x1F;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

class Stripper {
 public:
  explicit Stripper(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  std::string run() {
    std::size_t at = 0;
    while (true) {
      const std::size_t found = text_.find('<', at);
      out_ += text_.substr(at, found - at);
      if (found == std::string_view::npos) break;
      at = sign(found);
    }
    return std::move(out_);
  }

 private:
  // What to do with the '<' at `at`; returns where to go on.
  std::size_t sign(std::size_t at) {
    if (text_.substr(at, 4) == "<!--") return comment(at);
    name_.clear();
    std::size_t end = at + 1;
    while (end < text_.size() && is_name(text_[end]) && name_.size() < 16)
      name_ += lower(text_[end++]);
    if (name_ == "nowiki") return nowiki(at, end);
    const auto dropped = std::find(kDropped.begin(), kDropped.end(), name_);
    if (!name_.empty() && dropped != kDropped.end())
      return drop(at, end, static_cast<std::size_t>(dropped - kDropped.begin()));
    return literally(at);
  }

  std::size_t literally(std::size_t at) {
    out_ += '<';
    return at + 1;
  }

  // An unclosed comment hides the rest, as in the wiki. One that has a line for itself takes the
  // line with it, so that it does not part a paragraph.
  std::size_t comment(std::size_t at) {
    const std::size_t close = text_.find("-->", at + 4);
    if (close == std::string_view::npos) return text_.size();
    std::size_t after = close + 3;
    if (!out_.empty() && out_.back() != '\n') return after;
    const std::size_t next = text_.find_first_not_of(" \t", after);
    return next != std::string_view::npos && text_[next] == '\n' ? next + 1 : after;
  }

  // The end of the tag whose name ends at `from`; npos when it has none.
  std::size_t tag_end(std::size_t from) const {
    constexpr std::size_t kLongestTag = 4096;
    const std::size_t end =
        text_.substr(0, std::min(text_.size(), from + kLongestTag)).find('>', from);
    return end;
  }

  std::size_t nowiki(std::size_t at, std::size_t name_end) {
    const std::size_t end = tag_end(name_end);
    if (end == std::string_view::npos) return literally(at);
    out_ += kNothing;
    if (text_[end - 1] == '/') return end + 1;
    const std::size_t close = closing(end + 1, kDropped.size(), "nowiki", false);
    if (close == std::string_view::npos) return end + 1;
    for (const char c : text_.substr(end + 1, close - end - 1)) out_ += hidden(c);
    out_ += kNothing;
    return after_tag(close);
  }

  static char hidden(char c) {
    const std::size_t number = c == '&' || c == 0 ? std::string_view::npos : kHidden.find(c);
    return number == std::string_view::npos ? c : static_cast<char>(number);
  }

  std::size_t drop(std::size_t at, std::size_t name_end, std::size_t number) {
    const std::size_t end = tag_end(name_end);
    if (end == std::string_view::npos) return literally(at);
    if (text_[end - 1] == '/') return end + 1;
    const std::size_t close = closing(end + 1, number, name_, name_ == "ref");
    return close == std::string_view::npos ? end + 1 : after_tag(close);
  }

  std::size_t after_tag(std::size_t close) const {
    const std::size_t end = text_.find('>', close);
    return end == std::string_view::npos ? text_.size() : end + 1;
  }

  bool is_tag(std::size_t at, std::string_view name) const {
    if (text_.size() - at < name.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i)
      if (lower(text_[at + i]) != name[i]) return false;
    return at + name.size() == text_.size() || !is_name(text_[at + name.size()]);
  }

  // Where "</name" stands; npos when nowhere, or, with `stop_at_next`, when another such tag opens
  // before: then its writer forgot the slash of <ref name=... />.
  std::size_t closing(std::size_t from, std::size_t number, std::string_view name,
                      bool stop_at_next) {
    if (never_closes_[number]) return std::string_view::npos;
    for (std::size_t at = text_.find('<', from); at != std::string_view::npos;
         at = text_.find('<', at + 1)) {
      if (at + 1 < text_.size() && text_[at + 1] == '/') {
        if (is_tag(at + 2, name)) return at;
      } else if (stop_at_next && is_tag(at + 1, name)) {
        return std::string_view::npos;
      }
    }
    never_closes_[number] = true;
    return std::string_view::npos;
  }

  std::string_view text_;
  std::string out_;
  std::string name_;
  // Once a search has reached the end, later ones would too: the time stays linear.
  std::array<bool, kDropped.size() + 1> never_closes_{};
};

}  // namespace

std::string without_extensions(std::string_view text) { return Stripper(text).run(); }

char unhidden(char hidden) {
  const auto number = static_cast<unsigned char>(hidden);
  return number < kHidden.size() ? kHidden[number] : '\0';
}

}  // namespace unimo::stages::wikitext
