// A number before a text, as the payloads of SpillSort have it here. The bytes never leave the
// process.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace unimo::stages {

inline std::string numbered(std::int64_t number, std::string_view text = {}) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  bytes += text;
  return bytes;
}

// Takes the number off.
inline std::int64_t take_number(std::string_view& bytes) {
  std::int64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

}  // namespace unimo::stages
