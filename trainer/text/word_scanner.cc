#include "trainer/text/word_scanner.h"

#include "trainer/text/utf8.h"

namespace unimo::trainer {

WordScanner::Character WordScanner::at(std::size_t position) const {
  if (position >= text_.size()) return {};
  const std::uint8_t kind = classes_.of_byte(text_[position]);
  if (kind != CharacterClasses::kNotAscii) return {static_cast<CharacterClass>(kind), 1};
  const CodePoint point = first_code_point(text_.substr(position));
  return {classes_.of(point.value), point.bytes};
}

std::size_t WordScanner::contraction_at(std::size_t position) const {
  if (text_[position] != '\'' || position + 1 >= text_.size()) return 0;
  const char first = text_[position + 1];
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  const std::string_view two = text_.substr(position + 1, 2);
  return two == "re" || two == "ve" || two == "ll" ? 3 : 0;
}

std::size_t WordScanner::end_of_run(std::size_t position, CharacterClass kind) const {
  while (true) {
    const Character character = at(position);
    if (character.bytes == 0 || character.kind != kind) return position;
    position += character.bytes;
  }
}

// `\s+(?!\S)|\s+`: a run of blanks before a word leaves its last one to the word.
std::size_t WordScanner::end_of_space(std::size_t position) const {
  const std::size_t begin = position;
  std::size_t last = position;
  for (Character character = at(position);
       character.bytes != 0 && character.kind == CharacterClass::kSpace; character = at(position)) {
    last = position;
    position += character.bytes;
  }
  return position == text_.size() || last == begin ? position : last;
}

std::string_view WordScanner::next_of_any() {
  if (position_ >= text_.size()) return {};
  const std::size_t begin = position_;
  std::size_t end = begin + contraction_at(begin);
  if (end == begin) {
    std::size_t body = begin + (text_[begin] == ' ' ? 1 : 0);
    const Character first = at(body);
    if (first.bytes == 0 || first.kind == CharacterClass::kSpace) {
      end = end_of_space(begin);
    } else {
      end = end_of_run(body + first.bytes, first.kind);
    }
  }
  position_ = end;
  return text_.substr(begin, end - begin);
}

}  // namespace unimo::trainer
