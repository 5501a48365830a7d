// Plain English text to paragraphs and sentences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unimo::stages {

// A paragraph and the line on which it begins.
struct Paragraph {
  std::size_t line = 1;
  std::string text;  // blanks tidied, line ends become blanks
};

// Paragraphs are separated by empty lines. Both kinds of line ends are understood.
std::vector<Paragraph> split_paragraphs(std::string_view text);

// Cuts after . ! ? and ..., with the quotes and brackets that close there, where a new sentence
// begins. Not after abbreviations ("Mr.", "e.g.", initials), inside numbers, or before a lower-case
// word ("What?" he said).
std::vector<std::string> split_sentences(std::string_view paragraph);

}  // namespace unimo::stages
