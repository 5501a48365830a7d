#include "evaluators/meteor_normalizer.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "evaluators/line_file.h"
#include "evaluators/unicode.h"

namespace unimo::eval {

namespace {

// A run of n dots is one character on the way, kDotRun + n: it must not be split, and it counts as
// a letter as the official program's mark does.
constexpr char32_t kDotRun = 0x110000;

// METEOR's letters beyond ASCII: Western European, Cyrillic, phonetic extensions.
constexpr std::array<std::pair<char32_t, char32_t>, 7> kLetters = {{{0xC0, 0xD6},
                                                                    {0xD8, 0xF6},
                                                                    {0xF8, 0x17E},
                                                                    {0x400, 0x527},
                                                                    {0x1D00, 0x1D7F},
                                                                    {0xA640, 0xA66E},
                                                                    {0xA67E, 0xA697}}};

bool is_ascii_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_ascii_lower(char32_t c) { return c >= U'a' && c <= U'z'; }

bool is_meteor_letter(char32_t c) {
  if (c < 0x80) return (c | 0x20) >= U'a' && (c | 0x20) <= U'z';
  if (c >= kDotRun) return true;
  return std::any_of(kLetters.begin(), kLetters.end(),
                     [c](const auto& range) { return c >= range.first && c <= range.second; });
}

bool is_alphanumeric(char32_t c) { return is_ascii_digit(c) || is_meteor_letter(c); }

// Java's \s.
bool is_java_space(char32_t c) { return c == U' ' || (c >= 0x09 && c <= 0x0D); }

bool is_token_blank(char32_t c) { return is_java_space(c) && c != 0x0B; }

bool stays_attached(char32_t c) {
  return is_alphanumeric(c) || is_java_space(c) || c == U'.' || c == U'\'' || c == U'`' ||
         c == U',' || c == U'-' || c == U'\u2018' || c == U'\u2019';
}

bool is_unicode_blank(char32_t c) {
  return c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000;
}

// Blanks around every symbol, and around the line.
std::u32string with_symbols_apart(std::u32string_view line) {
  std::u32string out = U" ";
  out.reserve(line.size() + 16);
  for (const char32_t c : line) {
    if (stays_attached(c)) {
      out += c;
    } else {
      out += {U' ', c, U' '};
    }
  }
  return out += U' ';
}

void mark_dot_runs(std::u32string& text) {
  if (text.find(U"..") == std::u32string::npos) return;
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_not_of(U'.', at), text.size());
    if (end - at >= 2) {
      out += {U' ', kDotRun + static_cast<char32_t>(end - at), U' '};
      at = end;
    } else {
      out += text[at++];
    }
  }
  text.swap(out);
}

// Replaces `middle` by `instead` wherever it stands between a `left` and a `right` character. Both
// neighbours are used up, as by the official regular expressions: in "a-b-c" only the first hyphen
// has a free left neighbour.
template <class Left, class Right>
void replace_between(std::u32string& text, char32_t middle, const Left& left, const Right& right,
                     std::u32string_view instead) {
  if (text.find(middle) == std::u32string::npos) return;
  std::u32string out;
  out.reserve(text.size() + 8);
  for (std::size_t at = 0; at < text.size();) {
    const bool here =
        at + 2 < text.size() && text[at + 1] == middle && left(text[at]) && right(text[at + 2]);
    out += text[at];
    if (here) {
      out += instead;
      out += text[at + 2];
    }
    at += here ? 3 : 1;
  }
  text.swap(out);
}

void replace_all(std::u32string& text, std::u32string_view what, std::u32string_view by) {
  std::size_t at = text.find(what);
  if (at == std::u32string::npos) return;
  std::u32string out;
  std::size_t copied = 0;
  for (; at != std::u32string::npos; at = text.find(what, copied)) {
    out.append(text, copied, at - copied);
    out += by;
    copied = at + what.size();
  }
  out.append(text, copied);
  text.swap(out);
}

void separate_commas(std::u32string& text) {
  const auto no_digit = [](char32_t c) { return !is_ascii_digit(c); };
  replace_between(text, U',', no_digit, no_digit, U" , ");
  replace_between(text, U',', is_ascii_digit, no_digit, U" , ");
  replace_between(text, U',', no_digit, is_ascii_digit, U" , ");
}

void unify_quotes_and_dashes(std::u32string& text) {
  for (char32_t& c : text) {
    if (c == U'`' || c == U'\u2018' || c == U'\u2019') c = U'\'';
  }
  replace_all(text, U"\u201C", U" \" ");
  replace_all(text, U"\u201D", U" \" ");
  replace_all(text, U"''", U" \" ");
  replace_all(text, U"\u2013", U"-");
  replace_all(text, U"--", U"-");
  // So that "red-and-white" can match "red and white".
  replace_between(
      text, U'-', [](char32_t c) { return c == U'.' || is_alphanumeric(c); }, is_alphanumeric,
      U" ");
}

// English contractions go to the right: "company 's".
void split_contractions(std::u32string& text) {
  const auto no_letter = [](char32_t c) { return !is_meteor_letter(c); };
  const auto neither = [](char32_t c) { return !is_alphanumeric(c); };
  replace_between(text, U'\'', no_letter, no_letter, U" ' ");
  replace_between(text, U'\'', neither, is_meteor_letter, U" ' ");
  replace_between(text, U'\'', is_meteor_letter, no_letter, U" ' ");
  replace_between(text, U'\'', is_meteor_letter, is_meteor_letter, U" '");
  replace_between(
      text, U'\'', is_ascii_digit, [](char32_t c) { return c == U's'; }, U" '");  // 1990's
}

std::vector<std::u32string_view> token_views(std::u32string_view text) {
  std::vector<std::u32string_view> tokens;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_token_blank(text[at])) continue;
    const std::size_t begin = at;
    while (at < text.size() && !is_token_blank(text[at])) ++at;
    tokens.push_back(text.substr(begin, at - begin));
  }
  return tokens;
}

bool keeps_dot(std::u32string_view before_dot, std::u32string_view next,
               const NonbreakingPrefixes& prefixes) {
  // Catches unlisted ones, such as "Inc." in the middle of a sentence.
  if (!next.empty() && is_ascii_lower(next.front())) return true;
  const auto found = prefixes.rules.find(encode_utf8(before_dot));
  if (found == prefixes.rules.end()) return false;
  return found->second == DotRule::kAlways || (!next.empty() && is_ascii_digit(next.front()));
}

// Appends a token, its last dot apart unless it belongs to an abbreviation.
void append_token(std::u32string& out, std::u32string_view token, std::u32string_view next,
                  const NonbreakingPrefixes& prefixes) {
  if (token.size() < 2 || token.back() != U'.') {
    out += token;
    return;
  }
  const std::u32string_view before_dot = token.substr(0, token.size() - 1);
  const bool has_letter = std::any_of(before_dot.begin(), before_dot.end(), is_meteor_letter);
  if (has_letter && before_dot.find(U'.') != std::u32string_view::npos) {
    // "U.S." is "us", as systems write it.
    std::copy_if(token.begin(), token.end(), std::back_inserter(out),
                 [](char32_t c) { return c != U'.'; });
  } else if (keeps_dot(before_dot, next, prefixes)) {
    out += token;
  } else {
    out += before_dot;
    out += U" .";
  }
}

// The tokens joined by blanks; tokens of one Unicode blank go, as do control characters at the
// ends.
std::u32string joined(std::span<const std::u32string_view> tokens,
                      const NonbreakingPrefixes& prefixes) {
  std::u32string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool blank = tokens[i].size() == 1 && is_unicode_blank(tokens[i].front());
    if (blank) continue;
    append_token(out, tokens[i], i + 1 < tokens.size() ? tokens[i + 1] : std::u32string_view(),
                 prefixes);
    out += U' ';
  }
  const auto visible = [](char32_t c) { return c > U' '; };
  out.erase(std::find_if(out.rbegin(), out.rend(), visible).base(), out.end());
  out.erase(out.begin(), std::find_if(out.begin(), out.end(), visible));
  return out;
}

std::string encoded(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (c >= kDotRun) {
      out.append(c - kDotRun, '.');
    } else {
      append_utf8(out, c);
    }
  }
  return out;
}

}  // namespace

Result<NonbreakingPrefixes> NonbreakingPrefixes::read(const std::filesystem::path& file) {
  LineFile lines = UNIMO_TRY(LineFile::open(file));
  NonbreakingPrefixes prefixes;
  for (std::string_view line; lines.next(line);) {
    const auto words = split_java_words(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    const bool numeric = words.size() > 1 && words[1] == "#NUMERIC_ONLY#";
    prefixes.rules.insert_or_assign(std::string(words[0]),
                                    numeric ? DotRule::kBeforeNumber : DotRule::kAlways);
  }
  UNIMO_TRY(lines.end());
  prefixes.digest = lines.digest();
  return prefixes;
}

std::string meteor_normalized(std::string_view line, const NonbreakingPrefixes& prefixes) {
  std::u32string text = with_symbols_apart(decode_utf8(line));
  mark_dot_runs(text);
  separate_commas(text);
  unify_quotes_and_dashes(text);
  split_contractions(text);
  return encoded(to_lower(joined(token_views(text), prefixes)));
}

}  // namespace unimo::eval
