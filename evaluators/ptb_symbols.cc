// Quotes, brackets, faces, dots, other marks, and white space.
#include <iterator>

#include "evaluators/ptb_rules.h"

namespace unimo::eval::ptb {

namespace {

struct Range {
  char32_t first, last;
};

// Signs that stand alone as tokens. What is in none of the rules is dropped.
constexpr Range kSymbols[] = {
    {'%', '&'},       {'+', '+'},       {'\\', '\\'},     {'^', '^'},       {'|', '|'},
    {'~', '~'},       {0xA6, 0xA9},     {0xAC, 0xAC},     {0xAE, 0xBA},     {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x387, 0x387},   {0x5BE, 0x5BE},   {0x5C0, 0x5C0},   {0x5C3, 0x5C3},
    {0x5C6, 0x5C6},   {0x5F3, 0x5F4},   {0x600, 0x603},   {0x606, 0x60A},   {0x60C, 0x60C},
    {0x614, 0x614},   {0x61B, 0x61B},   {0x61E, 0x61E},   {0x66A, 0x66A},   {0x66D, 0x66D},
    {0x703, 0x70D},   {0x7F6, 0x7F8},   {0x964, 0x965},   {0xE4F, 0xE4F},   {0x1FBD, 0x1FBD},
    {0x2016, 0x2017}, {0x2020, 0x2023}, {0x2030, 0x2038}, {0x203B, 0x203B}, {0x203E, 0x2042},
    {0x2044, 0x2044}, {0x207A, 0x207F}, {0x208A, 0x208E}, {0x2100, 0x214F}, {0x2190, 0x2BFF},
    {0x3012, 0x3012}, {0x30FB, 0x30FB}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40},
    {0xFF5B, 0xFF65}};

constexpr std::u32string_view kFancyQuotes =
    U"`\u2018\u2019\u201A\u201B\u201C\u201D\u201E\u201F\u0091\u0092\u0093\u0094\u2039\u203A\u00AB"
    U"\u00BB";

constexpr std::u32string_view kFace = U"-^x=~<>'";

bool face(char32_t c) { return one_of(c, kFace); }
bool not_dash_face(char32_t c) { return c != '-' && face(c); }

// (^_^) and (-.-) and (^^), without the context: its length, or 0.
std::size_t bracketed_face(const Text& text, std::size_t at) {
  if (text[at] != '(') return 0;
  if (not_dash_face(text[at + 1]) && text[at + 2] == '-' &&
      (not_dash_face(text[at + 3]) || text[at + 3] == '`') && text[at + 4] == ')') {
    return 5;
  }
  if (!face(text[at + 1])) return 0;
  if (one_of(text[at + 2], U"_.") && face(text[at + 3]) && text[at + 4] == ')') return 5;
  return face(text[at + 2]) && text[at + 3] == ')' ? 4 : 0;
}

std::size_t same_run(const Text& text, std::size_t at) {
  return run_end(text, at, [c = text[at]](char32_t next) { return next == c; }) - at;
}

}  // namespace

Match double_quote(const Text& text, std::size_t at) {
  const std::size_t length = text[at] == '"' ? 1 : literal(text, at, U"&quot;");
  if (length == 0) return {};
  const char32_t next = text[at + length];
  if (ascii_alnum(next) || next == '$') return {length, length + 1, Form::kOpeningQuote};
  return whole(length, Form::kQuote);
}

Match single_quote_before_word(const Text& text, std::size_t at) {
  if (text[at] != '\'' || !ascii_alpha(text[at + 1])) return {};
  const char32_t next = text[at + 2];
  if (next == kEnd || one_of(next, U" \t\n\r\u00A0")) return {};
  return {1, 3, Form::kOpeningQuote};
}

Match quotes(const Text& text, std::size_t at) {
  std::size_t length = apostrophe(text, at);
  if (text[at] == '\'' && text[at + 1] == '\'') length = 2;
  if (one_of(text[at], kFancyQuotes)) length = one_of(text[at + 1], kFancyQuotes) ? 2 : 1;
  return whole(length, Form::kQuote);
}

Match smiley(const Text& text, std::size_t at) {
  std::size_t eyes = at;
  if (one_of(text[at], U"<>")) ++eyes;
  if (!one_of(text[eyes], U":;=")) return {};
  constexpr std::u32string_view kMouths = U"()DPdpO\\{@|[]";
  const auto ends_face = [&](std::size_t mouth) {
    const char32_t next = text[mouth + 1];
    return one_of(text[mouth], kMouths) && next != kEnd && !ascii_alnum(next);
  };
  if (one_of(text[eyes + 1], U"-o*'") && ends_face(eyes + 2)) {
    return {eyes + 3 - at, eyes + 4 - at, Form::kBrackets};
  }
  if (!ends_face(eyes + 1)) return {};
  return {eyes + 2 - at, eyes + 3 - at, Form::kBrackets};
}

Match asian_smiley(const Text& text, std::size_t at) {
  if (face(text[at]) && text[at + 1] == '_' && face(text[at + 2])) return whole(3);
  return whole(bracketed_face(text, at), Form::kBrackets);
}

Match dots(const Text& text, std::size_t at) {
  if (text[at] == 0x85 || text[at] == 0x2026) return whole(1, Form::kEllipsis);
  if (text[at] != '.') return {};
  const std::size_t run = std::min<std::size_t>(same_run(text, at), 5);
  // With a blank behind each: three to five of them.
  std::size_t spaced = 0;
  while (spaced < 4 && one_of(text[at + 2 * spaced + 1], U" \u00A0") &&
         text[at + 2 * spaced + 2] == '.') {
    ++spaced;
  }
  const std::size_t length = std::max(run >= 3 ? run : 0, spaced >= 2 ? 2 * spaced + 1 : 0);
  return whole(length, Form::kEllipsis);
}

Match run_of_marks(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  if (c == '-') return whole(same_run(text, at), Form::kHyphens);
  if (one_of(c, U"@#_*")) return whole(same_run(text, at));
  if (one_of(c, U"?!")) {
    return whole(run_end(text, at, [](char32_t next) { return one_of(next, U"?!"); }) - at);
  }
  if ((c == '<' || c == '>') && text[at + 1] == c) return whole(2);
  std::size_t stars = 0;  // \*\*\*
  while (stars < 3 && text[at + 2 * stars] == '\\' && text[at + 2 * stars + 1] == '*') ++stars;
  return whole(2 * stars);
}

Match single_mark(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  if (one_of(c, U"()[]{}")) return whole(1, Form::kBrackets);
  const bool known = one_of(c, U"<>=/,;:.\u3001\u00A1\u00BF\u037E\u0589\u061F\u06D4\u07FA\u3002");
  return whole(known || (c >= 0x700 && c <= 0x702) ? 1 : 0);
}

Match symbol(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  for (const Range& range : kSymbols) {
    if (c >= range.first && c <= range.last) return whole(1);
  }
  return {};
}

Match blank(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  if (newline(c)) return whole(1, Form::kNewline);
  const bool skipped =
      space(c) || c == 0 || c == 0x7F || c == 0x200B || c == 0x200E || c == 0x200F || c == 0xFEFF;
  return whole(skipped ? 1 : 0, Form::kSkip);
}

}  // namespace unimo::eval::ptb
