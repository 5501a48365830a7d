// The four classes of characters that GPT-2's word pattern tells apart, for every code point.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace unimo::trainer {

enum class CharacterClass : std::uint8_t {
  kOther,   // signs, marks, what is not assigned
  kLetter,  // L*
  kNumber,  // Nd, Nl, No
  kSpace,   // the property White_Space: 25 characters
};

// A table made once from the Unicode data of utf8proc; copies are cheap enough to avoid sharing (60
// KB).
class CharacterClasses {
 public:
  CharacterClasses();

  CharacterClass of(std::uint32_t code_point) const {
    if (code_point > 0x10FFFF) return CharacterClass::kOther;
    return classes_[(std::size_t{pages_[code_point >> 8]} << 8) | (code_point & 0xFF)];
  }
  // Of a byte: its class, or kNotAscii for a byte of a longer character.
  static constexpr std::uint8_t kNotAscii = 0xFF;
  std::uint8_t of_byte(char byte) const { return bytes_[static_cast<unsigned char>(byte)]; }

  // "15.0.0": letters and numbers of later versions count as signs.
  static std::string unicode_version();

 private:
  std::array<std::uint8_t, 256> bytes_{};
  std::array<std::uint16_t, 0x1100> pages_{};
  std::vector<CharacterClass> classes_;  // pages of 256; page 0 is the first
};

}  // namespace unimo::trainer
