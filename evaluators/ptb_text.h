// The text that the Penn Treebank tokenizer scans, its character classes, and what a rule answers.
//
// A rule looks at one position and says how far it reaches. `total` includes the context that it
// had to see behind the token; the rule that reaches furthest wins, the earlier one on a tie, and
// only `token` characters are consumed. Classes written with both cases here are those which the
// reference tokenizer matches in both cases; several of its classes are deliberately of one case.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "evaluators/unicode.h"

namespace unimo::eval::ptb {

constexpr char32_t kEnd = 0xFFFFFFFF;  // what stands behind the last character

class Text {
 public:
  explicit Text(std::u32string_view characters) : characters_(characters) {}
  char32_t operator[](std::size_t at) const {
    return at < characters_.size() ? characters_[at] : kEnd;
  }
  std::size_t size() const { return characters_.size(); }
  std::u32string_view piece(std::size_t at, std::size_t count) const {
    return characters_.substr(at, count);
  }

 private:
  std::u32string_view characters_;
};

// How the characters of a token become its text.
enum class Form : std::uint8_t {
  kAsIs,
  kSkip,           // white space: no token
  kWord,           // soft hyphens vanish
  kNoBreak,        // blanks become no-break spaces, so that the token stays one
  kPhone,          // the same, and round brackets get their names
  kBrackets,       // round brackets get their names
  kFraction,       // ½ becomes 1/2
  kCurrency,       // € becomes $
  kAmpersand,      // &amp; becomes &
  kQuote,          // quotes become ', '', ` or ``
  kOpeningQuote,   // the same, and straight quotes open
  kDash,           // --
  kEllipsis,       // ...
  kHyphens,        // three or four become --
  kLessThan,       // &lt; becomes <
  kGreaterThan,    // &gt; becomes >
  kSplitPeriod,    // the token keeps its period, and the period is scanned again
  kUntokenizable,  // unknown to the tokenizer: no token
  kNewline,
};

struct Match {
  std::size_t token = 0;  // characters of the token; 0: the rule does not apply
  std::size_t total = 0;  // the same and the context behind it
  Form form = Form::kAsIs;
};

inline Match whole(std::size_t length, Form form = Form::kAsIs) { return {length, length, form}; }
inline Match longer(const Match& a, const Match& b) { return b.total > a.total ? b : a; }

using Rule = Match (*)(const Text& text, std::size_t at);

inline bool ascii_alpha(char32_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
inline bool ascii_digit(char32_t c) { return c >= '0' && c <= '9'; }
inline bool ascii_alnum(char32_t c) { return ascii_alpha(c) || ascii_digit(c); }
inline bool letter(char32_t c) { return c != kEnd && is_letter(c); }
inline bool digit(char32_t c) { return c != kEnd && is_digit(c); }
inline bool one_of(char32_t c, std::u32string_view set) {
  return set.find(c) != std::u32string_view::npos;
}
inline char32_t lower(char32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

inline bool space(char32_t c) {
  return c == ' ' || c == '\t' || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x3000;
}
inline bool newline(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029 || c == 0x0B || c == 0x0C ||
         c == 0x85;
}
inline bool space_or_newline(char32_t c) { return space(c) || newline(c); }

// Length of `word` (lower case) at `at` in either case, or 0.
std::size_t literal(const Text& text, std::size_t at, std::u32string_view word);

// Length of an apostrophe: straight, curly, or the entity; 0 if there is none.
std::size_t apostrophe(const Text& text, std::size_t at);
// The same or an opening single quote, as people type them inside words.
std::size_t loose_apostrophe(const Text& text, std::size_t at);

// Length of one character of a word: a letter, an accented-letter entity, or a sign that modifies
// letters.
std::size_t word_letter(const Text& text, std::size_t at);

// Where a run that satisfies `accepts` ends.
template <class Accepts>
std::size_t run_end(const Text& text, std::size_t at, Accepts accepts) {
  while (at < text.size() && accepts(text[at])) ++at;
  return at;
}

// Initials with periods between: "U.S", "a.m"; where they end, or `at`. One letter counts.
std::size_t initials_end(const Text& text, std::size_t at);

}  // namespace unimo::eval::ptb
