// UTF-8: code points of bytes, and the repair of bytes that are not valid.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace unimo::trainer {

// One code point at the beginning of a text; `bytes` of it are used. Not valid: U+FFFD and the
// length of the maximal subpart (Unicode Standard, section 3.9), at least 1.
struct CodePoint {
  std::uint32_t value = 0xFFFD;
  std::uint32_t bytes = 1;
  bool valid = false;
};

// `text` is not empty.
CodePoint first_code_point(std::string_view text);

bool is_valid_utf8(std::string_view text);

// Each maximal subpart of an ill-formed sequence becomes one U+FFFD, as browsers and Python's
// "replace" do it. A valid text comes back unchanged.
std::string repair_utf8(std::string_view text);

// Appends the UTF-8 of a code point up to U+10FFFF.
void append_utf8(std::uint32_t code_point, std::string& out);

}  // namespace unimo::trainer
