// Splits text into the words of GPT-2's pattern, without a regular expression:
//
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
//   WordScanner scanner(classes, text);
//   for (auto word = scanner.next(); !word.empty(); word = scanner.next()) …
#pragma once

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
      std::size_t end = body + 1;
      while (end < text_.size() && classes_.of_byte(text_[end]) == kLetter) ++end;
      if (end == text_.size() || classes_.of_byte(text_[end]) != CharacterClasses::kNotAscii) {
        position_ = end;
        return text_.substr(begin, end - begin);
      }
    }
    return next_of_any();
  }

 private:
  static constexpr auto kLetter = static_cast<std::uint8_t>(CharacterClass::kLetter);

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
