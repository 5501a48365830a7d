// Splits text into the words of GPT-2's pattern, without a regular expression:
//
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
//   WordScanner scanner(classes, text);
//   for (auto word = scanner.next(); !word.empty(); word = scanner.next()) …
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trainer/text/character_classes.h"

namespace unimo::trainer {

// The words joined are the text. `text` must be valid UTF-8; both arguments must outlive the
// scanner.
class WordScanner {
 public:
  WordScanner(const CharacterClasses& classes, std::string_view text)
      : classes_(classes), text_(text) {}

  // The next word, empty at the end. Most words are a blank and ASCII letters: those are found
  // here, bytewise.
  std::string_view next() {
    const std::size_t begin = position_;
    const std::size_t body = begin + (begin < text_.size() && text_[begin] == ' ' ? 1 : 0);
    if (body < text_.size() && classes_.of_byte(text_[body]) == kLetter) {
      const std::size_t end = end_of_ascii_letters(body + 1);
      if (end == text_.size() || classes_.of_byte(text_[end]) != CharacterClasses::kNotAscii) {
        position_ = end;
        return text_.substr(begin, end - begin);
      }
    }
    return next_of_any();
  }

 private:
  static constexpr auto kLetter = static_cast<std::uint8_t>(CharacterClass::kLetter);

  // Sixteen bytes at a time: a loop over bytes guesses wrong at the end of nearly every word.
  std::size_t end_of_ascii_letters(std::size_t position) const {
#if defined(__SSE2__)
    for (; position + 16 <= text_.size(); position += 16) {
      const __m128i bytes =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(text_.data() + position));
      const __m128i from_a =
          _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
      const __m128i letters = _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8(25)), from_a);
      const auto others = ~static_cast<std::uint32_t>(_mm_movemask_epi8(letters)) & 0xFFFFU;
      if (others != 0) return position + static_cast<std::size_t>(std::countr_zero(others));
    }
#endif
    while (position < text_.size() && classes_.of_byte(text_[position]) == kLetter) ++position;
    return position;
  }

  struct Character {
    CharacterClass kind = CharacterClass::kOther;
    std::size_t bytes = 0;  // 0: the end of the text
  };
  std::string_view next_of_any();
  Character at(std::size_t position) const;
  std::size_t contraction_at(std::size_t position) const;  // its length, or 0
  std::size_t end_of_run(std::size_t position, CharacterClass kind) const;
  std::size_t end_of_space(std::size_t position) const;

  const CharacterClasses& classes_;
  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace unimo::trainer
