#include "stages/ingest/text/wikitext.h"

#include <algorithm>
#include <array>

#include "stages/ingest/text/wikitext_parts.h"

namespace unimo::stages {

namespace wikitext {

namespace {

constexpr int kDeepest = 40;               // of templates and links inside each other
constexpr std::size_t kLongestUrl = 2000;  // with its words, in single brackets

constexpr auto kSpecial = [] {
  std::array<bool, 256> special{};
  for (const char c : {'\n', '\'', '[', ']', '{', '}', '<', '&', '_'})
    special[static_cast<unsigned char>(c)] = true;
  for (std::size_t control = 0; control < 0x20; ++control)
    if (control != '\t' && control != '\r') special[control] = true;
  return special;
}();

// Namespaces whose links show nothing where they stand, in English and in the aliases that other
// wikis use beside their own names.
constexpr auto kHiddenNamespaces = std::to_array<std::string_view>(
    {"file", "image", "category", "media", "bild", "datei", "fichier", "archivo", "imagen",
     "immagine", "файл", "изображение", "картинка", "категория"});

// The last sections of an article, which list links and sources.
constexpr auto kAppendices = std::to_array<std::string_view>(
    {"see also", "references", "external links", "further reading", "notes", "notes and references",
     "bibliography", "sources", "footnotes", "citations", "works cited", "literature",
     "references and notes", "general references", "gallery"});

// Tags that may stand in text; other words after '<' are no tags but text ("<stdio.h>").
constexpr auto kTags = std::to_array<std::string_view>(
    {"b",    "i",      "u",    "s",   "small",  "big",     "sub",        "sup",
     "span", "div",    "p",    "br",  "hr",     "center",  "blockquote", "poem",
     "code", "tt",     "ul",   "ol",  "li",     "dl",      "dt",         "dd",
     "em",   "strong", "del",  "ins", "strike", "cite",    "var",        "kbd",
     "samp", "font",   "abbr", "h1",  "h2",     "h3",      "h4",         "h5",
     "h6",   "tr",     "td",   "th",  "table",  "caption", "noinclude",  "onlyinclude",
     "ruby", "rb",     "rp",   "rt",  "bdi",    "q",       "dfn",        "mark",
     "ref"});
constexpr auto kBlockTags =
    std::to_array<std::string_view>({"div", "p", "center", "blockquote", "poem", "ul", "ol", "li",
                                     "dl", "dt", "dd", "h2", "h3", "h4", "tr", "td", "th", "hr"});

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n\r_");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n\r_") - begin + 1);
}

// "fr", "zh-min-nan": a link to the article in another language, shown beside the text.
bool is_language(std::string_view prefix) {
  if (prefix == "simple") return true;
  if (prefix.size() < 2 || prefix.size() > 12 || prefix == "wp" || prefix == "wt") return false;
  const std::size_t dash = std::min(prefix.find('-'), prefix.size());
  return (dash <= 3 && dash >= 2) && std::all_of(prefix.begin(), prefix.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || c == '-';
         });
}

bool is_url(std::string_view text) {
  for (const std::string_view scheme :
       {"http://", "https://", "//", "ftp://", "mailto:", "news:", "irc://", "gopher://"}) {
    if (text.starts_with(scheme)) return true;
  }
  return false;
}

}  // namespace

std::string Converter::run() {
  out_.reserve(text_.size());
  const std::size_t first = line_start(0, text_.size());
  convert(first, text_.size());
  return std::move(out_);
}

void Converter::convert(std::size_t begin, std::size_t end) {
  if (depth_ >= kDeepest) return;
  ++depth_;
  for (std::size_t at = begin; at < end;) {
    std::size_t plain = at;
    while (plain < end && !kSpecial[static_cast<unsigned char>(text_[plain])]) ++plain;
    out_ += text_.substr(at, plain - at);
    at = plain < end ? special(plain, end) : end;
  }
  --depth_;
}

// Deals with the sign at `at`; returns where to go on.
std::size_t Converter::special(std::size_t at, std::size_t end) {
  switch (text_[at]) {
    case '\n': return newline(at, end);
    case '\'': return quotes(at, end);
    case '[': return square_bracket(at, end);
    case '{': return brace(at, end);
    case '<': return tag(at, end);
    case ']':
    case '}':
      if (at + 1 < end && text_[at + 1] == text_[at]) return at + 2;  // closes nothing
      out_ += text_[at];
      return at + 1;
    case '&': {
      const auto entity = read_entity(text_.substr(at, end - at));
      out_ += entity ? entity->text : "&";
      return at + (entity ? entity->length : 1);
    }
    case '_': {
      std::size_t word = at + 2;
      while (word < end && is_upper(text_[word])) ++word;
      const bool magic = word >= at + 5 && text_.substr(at, 2) == "__" &&
                         text_.substr(word, std::min<std::size_t>(2, end - word)) == "__";
      if (magic) return word + 2;  // __NOTOC__
      out_ += '_';
      return at + 1;
    }
    default:
      if (const char sign = unhidden(text_[at])) out_ += sign;
      return at + 1;
  }
}

// One line feed is a blank in a paragraph; before and after lists, headings, tables and empty lines
// it ends one.
std::size_t Converter::newline(std::size_t at, std::size_t end) {
  italic_ = bold_ = false;
  const std::size_t next = at + 1;
  if (next >= end) {
    out_ += '\n';
    return end;
  }
  const std::string_view kStartsBlock = "\n*#:;= |\t-";
  const char sign = text_[next];
  const bool table = sign == '{' && next + 1 < end && text_[next + 1] == '|';
  const bool block = own_line_ || table || kStartsBlock.find(sign) != std::string_view::npos;
  out_ += block ? '\n' : ' ';
  own_line_ = false;
  return line_start(next, end);
}

// The marks that only count at the beginning of a line.
std::size_t Converter::line_start(std::size_t at, std::size_t end) {
  const std::size_t word = std::min(text_.find_first_not_of(" \t*#:;", at), end);
  const std::string_view marks = text_.substr(at, word - at);
  if (at < end && text_[at] == '=') return heading(at, end);
  if (at < end && text_[at] == '|') return line_end(at, end);  // a row of a table that is broken
  if (text_.substr(at, std::min<std::size_t>(4, end - at)) == "----") {
    own_line_ = true;
    return std::min(text_.find_first_not_of('-', at), end);
  }
  const bool item = marks.find_first_of("*#;") != std::string_view::npos;
  if (item || marks.find(':') != std::string_view::npos) own_line_ = true;
  return item && !options_.lists ? line_end(word, end) : word;
}

// The line feed that ends the line, brackets that go over several lines passed over.
std::size_t Converter::line_end(std::size_t from, std::size_t end) const {
  while (from < end && text_[from] != '\n') {
    const Bracket* bracket = text_[from] == '[' || text_[from] == '{' ? bracket_at(from) : nullptr;
    from = bracket != nullptr ? bracket->end() : from + 1;
  }
  return std::min(from, end);
}

std::size_t Converter::heading(std::size_t at, std::size_t end) {
  const std::size_t stop = line_end(at, end);
  std::string_view line = trimmed(text_.substr(at, stop - at));
  std::size_t level = 0;
  while (2 * level + 1 < line.size() && line[level] == '=' && line[line.size() - 1 - level] == '=')
    ++level;
  if (level == 0) return at + 1;
  const std::size_t title_begin = at + level;
  const std::string_view title = trimmed(line.substr(level, line.size() - 2 * level));
  own_line_ = true;
  if (!options_.appendices && depth_ <= 1 && among(kAppendices, lower_case(title)))
    return after_section(stop, level, end);
  if (options_.headings) convert(title_begin, title_begin + line.size() - 2 * level);
  return stop;
}

// The line feed before the next heading of this or a higher level.
std::size_t Converter::after_section(std::size_t from, std::size_t level, std::size_t end) const {
  for (std::size_t at = from; at < end; at = std::min(text_.find('\n', at + 1), end)) {
    std::size_t equals = at + 1;
    while (equals < end && text_[equals] == '=') ++equals;
    const std::size_t count = equals - at - 1;
    if (count >= 1 && count <= level && at >= from) return at;
  }
  return end;
}

// '' italics, ''' bold, ''''' both; more or fewer are apostrophes.
std::size_t Converter::quotes(std::size_t at, std::size_t end) {
  std::size_t stop = at;
  while (stop < end && text_[stop] == '\'') ++stop;
  std::size_t count = stop - at;
  if (count == 4 || count == 1) {
    out_ += '\'';
    --count;
  }
  if (count > 5) out_.append(count - 5, '\'');
  // ''Time'''s: italics end before an apostrophe.
  const bool owner = count == 3 && italic_ && !bold_ && stop < end && text_[stop] == 's' &&
                     (stop + 1 == end || !is_letter(text_[stop + 1]));
  if (owner) {
    out_ += '\'';
    count = 2;
  }
  if (count >= 3) bold_ = !bold_;
  if (count == 2 || count >= 5) italic_ = !italic_;
  return stop;
}

const Bracket* Converter::bracket_at(std::size_t open) const {
  const auto found = std::lower_bound(
      brackets_.begin(), brackets_.end(), open,
      [](const Bracket& bracket, std::size_t place) { return bracket.open < place; });
  return found != brackets_.end() && found->open == open ? &*found : nullptr;
}

// The next '|' that is not inside a bracket of its own; `end` when there is none.
std::size_t Converter::next_bar(std::size_t from, std::size_t end) const {
  while (from < end && text_[from] != '|') {
    const Bracket* bracket = text_[from] == '[' || text_[from] == '{' ? bracket_at(from) : nullptr;
    from = bracket != nullptr ? bracket->end() : from + 1;
  }
  return std::min(from, end);
}

std::size_t Converter::square_bracket(std::size_t at, std::size_t end) {
  if (const Bracket* bracket = bracket_at(at); bracket != nullptr && bracket->end() <= end) {
    link({at + 2, bracket->close});
    return bracket->end();
  }
  if (text_.substr(at, std::min<std::size_t>(2, end - at)) == "[[" && bracket_at(at + 1) == nullptr)
    return at + 2;
  return external_link(at, end);
}

// [http://example.org words]: the words.
std::size_t Converter::external_link(std::size_t at, std::size_t end) {
  const std::size_t limit = std::min(end, at + kLongestUrl);
  if (is_url(text_.substr(at + 1, limit - at - 1))) {
    std::size_t words = 0;
    for (std::size_t i = at + 1; i < limit && text_[i] != '\n';) {
      const Bracket* bracket = text_[i] == '[' || text_[i] == '{' ? bracket_at(i) : nullptr;
      if (text_[i] == ']') {
        if (words != 0) convert(words, i);
        return i + 1;
      }
      if (text_[i] == ' ' && words == 0) words = i + 1;
      i = bracket != nullptr ? bracket->end() : i + 1;
    }
  }
  out_ += '[';
  return at + 1;
}

bool Converter::is_hidden_link(std::string_view target, bool has_text) const {
  const std::size_t colon = target.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view prefix = trimmed(target.substr(0, colon));
  const std::string space = lower_case(prefix);
  if (among(kHiddenNamespaces, space) || among(kHiddenNamespaces, prefix)) return true;
  // Names beyond ASCII are compared as they stand: the wiki writes them with a capital letter.
  const auto& own = options_.hidden_namespaces;
  if (std::find(own.begin(), own.end(), space) != own.end()) return true;
  return !has_text && is_language(prefix);
}

void Converter::link(Range inside) {
  const std::size_t bar = next_bar(inside.begin, inside.end);
  std::string_view target = trimmed(text_.substr(inside.begin, bar - inside.begin));
  if (is_hidden_link(target, bar < inside.end)) return;
  if (bar + 1 < inside.end) return convert(bar + 1, inside.end);
  if (target.starts_with(':')) target.remove_prefix(1);
  if (target.starts_with('#')) target.remove_prefix(1);
  const std::size_t begin = static_cast<std::size_t>(target.data() - text_.data());
  if (target.empty()) return;
  if (bar == inside.end) return convert(begin, begin + target.size());
  // [[Help:Link (wiki)|]]: without what stands before the colon and in parentheses.
  if (const std::size_t colon = target.find(':'); colon != std::string_view::npos)
    target.remove_prefix(colon + 1);
  out_ += trimmed(target.substr(0, std::min(target.find(" ("), target.size())));
}

std::size_t Converter::brace(std::size_t at, std::size_t end) {
  const Bracket* bracket = bracket_at(at);
  if (bracket == nullptr || bracket->end() > end) {
    const bool more = at + 1 < end && (text_[at + 1] == '{' || text_[at + 1] == '|');
    // "{{{" whose inner two are a template: the first one is no markup.
    if (more && bracket_at(at + 1) == nullptr) return at + 2;
    out_ += '{';
    return at + 1;
  }
  switch (bracket->kind) {
    case BracketKind::kTable: out_ += '\n'; break;
    case BracketKind::kTemplate: render_template({at + 2, bracket->close}); break;
    case BracketKind::kParameter: {
      const std::size_t bar = next_bar(at + 3, bracket->close);
      if (bar < bracket->close) convert(bar + 1, bracket->close);
      break;
    }
    case BracketKind::kLink: break;  // begins with another sign
  }
  return bracket->end();
}

std::size_t Converter::tag(std::size_t at, std::size_t end) {
  constexpr std::size_t kLongestTag = 1000;
  std::size_t begin = at + 1;
  if (begin < end && text_[begin] == '/') ++begin;
  std::size_t stop = begin;
  while (stop < end && stop < begin + 12 && (is_letter(text_[stop]) || is_digit(text_[stop])))
    ++stop;
  const std::string name = lower_case(text_.substr(begin, stop - begin));
  if (!among(kTags, name)) {
    out_ += '<';
    return at + 1;
  }
  const std::size_t limit = std::min(end, stop + kLongestTag);
  std::size_t close = stop;
  while (close < limit && text_[close] != '>' && text_[close] != '<') ++close;
  if (close >= limit || text_[close] != '>') return stop;
  if (among(kBlockTags, name)) out_ += '\n';
  if (name == "br") out_ += ' ';
  return close + 1;
}

}  // namespace wikitext

std::string wikitext_to_text(std::string_view text, const WikitextOptions& options,
                             std::string_view title) {
  const std::string clean = wikitext::without_extensions(text);
  const auto brackets = wikitext::pair_brackets(clean);
  return wikitext::tidy_lines(wikitext::Converter(clean, brackets, options, title).run());
}

}  // namespace unimo::stages
