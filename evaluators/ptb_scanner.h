// Cuts text into the tokens of the Penn Treebank, as the tokenizer of the COCO caption scorer does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unimo::eval::ptb {

// Tokens of text whose lines end in '\n', line by line, in lower case as UTF-8. Line ends matter:
// an abbreviation looks across them for a capital. Quotes, brackets, dashes and currency have the
// Treebank's form.
std::vector<std::vector<std::string>> scan_lines(std::u32string_view text);

}  // namespace unimo::eval::ptb
