// Standard base64 with padding (RFC 4648, section 4), strict: what is accepted is encoded again to
// the same text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::stages {

std::string to_base64(std::string_view bytes);

// kInvalid: another character, padding inside, a length that no base64 has, bits left over.
Result<std::string> from_base64(std::string_view text);

// The bytes that `text` stands for, by its length and padding alone; kInvalid for a length that no
// base64 has.
Result<std::size_t> base64_bytes(std::string_view text);
// The same as from_base64 into the caller's memory, which must have base64_bytes(text).
Status from_base64(std::string_view text, std::span<char> out);

}  // namespace unimo::stages
