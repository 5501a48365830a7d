#include "evaluators/ptb_text.h"

namespace unimo::eval::ptb {

namespace {

// Signs below U+0F00 that stand in words although they are not letters: marks, modifier signs,
// Armenian and Syriac punctuation that is written over letters.
bool modifies_letters(char32_t c) {
  if (c == 0xAD) return true;
  if (c < 0x2C2 || c >= 0xF00) return false;
  if (c <= 0x2FF) {
    return c <= 0x2C5 || (c >= 0x2D2 && c <= 0x2DF) || c >= 0x2E5;
  }
  return is_mark(c) || c == 0x384 || c == 0x385 || c == 0x3F6 || (c >= 0x55A && c <= 0x55F) ||
         c == 0x70F;
}

// &eacute; and its like.
std::size_t letter_entity(const Text& text, std::size_t at) {
  if (text[at] != '&' || !one_of(lower(text[at + 1]), U"aeiou")) return 0;
  for (const std::u32string_view accent : {U"acute;", U"grave;", U"uml;"}) {
    if (const std::size_t length = literal(text, at + 2, accent)) return 2 + length;
  }
  return 0;
}

}  // namespace

std::size_t literal(const Text& text, std::size_t at, std::u32string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[at + i]) != word[i]) return 0;
  }
  return word.size();
}

std::size_t apostrophe(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  if (c == '\'' || c == 0x92 || c == 0x2019) return 1;
  return c == '&' ? literal(text, at, U"&apos;") : 0;
}

std::size_t loose_apostrophe(const Text& text, std::size_t at) {
  if (one_of(text[at], U"`\u0091\u2018\u201B")) return 1;
  return apostrophe(text, at);
}

std::size_t word_letter(const Text& text, std::size_t at) {
  const char32_t c = text[at];
  if (c == kEnd) return 0;
  if (is_letter(c) || modifies_letters(c)) return 1;
  return letter_entity(text, at);
}

std::size_t initials_end(const Text& text, std::size_t at) {
  if (!ascii_alpha(text[at])) return at;
  ++at;
  while (text[at] == '.' && ascii_alpha(text[at + 1])) at += 2;
  return at;
}

}  // namespace unimo::eval::ptb
