// Captions and lines as people typed them: is the encoding sound, and what remains without stray
// blanks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace unimo::stages {

// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
// Where the first byte stands that belongs to no well-formed character; npos when there is none.
std::size_t first_bad_byte(std::string_view text);

// Every byte that is not part of well-formed UTF-8 becomes U+FFFD.
std::string with_replacements(std::string_view text);

// True when the text holds U+FFFD: it was damaged before it came here.
bool has_replacement(std::string_view text);

// Without blanks at both ends; runs of blanks, tabs, line ends and control characters become one
// blank.
std::string tidy_blanks(std::string_view text);

// Keeps digits and letters only in the sense of "is there anything to read".
bool has_word(std::string_view text);

}  // namespace unimo::stages
