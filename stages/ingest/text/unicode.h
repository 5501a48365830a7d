// Text in one normal form, and which script it is written in. All of it takes well-formed UTF-8
// (is_utf8 of text_check.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace unimo::stages {

// Unicode normal form C. Text that is so already, as nearly all is, costs one look at each byte.
std::string to_nfc(std::string_view text);

// As tidy_blanks, and the blanks beyond ASCII too: no-break and thin blanks, line and paragraph
// separators become one blank; byte order marks, zero-width blanks and soft hyphens go.
std::string tidy_line(std::string_view line);

// "latin", "cyrillic", ... : what share of the letters of `text` belongs to the script. 1 when
// there are no letters. `script` must be one of script_names().
double script_share(std::string_view text, std::string_view script);
std::vector<std::string> script_names();

// True when `text` begins with a lower-case letter of any script.
bool begins_lower_case(std::string_view text);

}  // namespace unimo::stages
