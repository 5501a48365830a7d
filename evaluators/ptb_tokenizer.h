// Captions to the words that the COCO caption scorers compare.
//
// The rules are those of the Stanford tokenizer in the version that the official scorer starts,
// with its default settings: Penn Treebank clitics, quotes, brackets and currency signs, everything
// in lower case. All captions are scanned together because an abbreviation looks at the first
// letter of the next caption.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace unimo::eval {

// One list of tokens per caption, punctuation included, as UTF-8. Line ends inside a caption are
// blanks.
std::vector<std::vector<std::string>> ptb_tokenize(std::span<const std::string> captions);

// One string per caption: its tokens without punctuation, joined by single blanks. A caption of
// punctuation alone is the empty string. A token may contain a no-break space ("2 1/2").
std::vector<std::string> scorer_text(std::span<const std::string> captions);

}  // namespace unimo::eval
