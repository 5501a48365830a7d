#include "trainer/text/character_classes.h"

#include <utf8proc.h>

#include <algorithm>
#include <map>

namespace unimo::trainer {

namespace {

// PropList.txt, White_Space; unchanged since Unicode 6.3 and not a general category.
bool is_white_space(std::uint32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

CharacterClass class_of(std::uint32_t code_point) {
  if (is_white_space(code_point)) return CharacterClass::kSpace;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return CharacterClass::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return CharacterClass::kNumber;
    default: return CharacterClass::kOther;
  }
}

}  // namespace

CharacterClasses::CharacterClasses() {
  // Most pages are equal to another one (all letters, all unassigned): each is kept once.
  std::map<std::array<CharacterClass, 256>, std::uint16_t> known;
  for (std::uint32_t page = 0; page < pages_.size(); ++page) {
    std::array<CharacterClass, 256> content{};
    for (std::uint32_t i = 0; i < 256; ++i) content[i] = class_of((page << 8) | i);
    const auto [place, is_new] =
        known.try_emplace(content, static_cast<std::uint16_t>(known.size()));
    if (is_new) classes_.insert(classes_.end(), content.begin(), content.end());
    pages_[page] = place->second;
  }
  bytes_.fill(kNotAscii);
  for (std::uint32_t byte = 0; byte < 0x80; ++byte)
    bytes_[byte] = static_cast<std::uint8_t>(of(byte));
}

std::string CharacterClasses::unicode_version() { return utf8proc_unicode_version(); }

}  // namespace unimo::trainer
