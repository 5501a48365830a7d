// Cuts text into the tokens of the Penn Treebank, as the tokenizer of the COCO caption scorer does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unimo::eval::ptb {

// Tokens of text whose lines end in '\n', line by line. Line ends matter: an abbreviation looks
// across them for a capital. Tokens keep their case; quotes, brackets, dashes and currency have the
// Treebank's form.
std::vector<std::vector<std::u32string>> scan_lines(std::u32string_view text);

}  // namespace unimo::eval::ptb
