// Plain English text to paragraphs and sentences.
#pragma once

#include <cstddef>
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

// Bytes of a paragraph.
struct SentenceSpan {
  std::size_t begin = 0, end = 0;
};

// Cuts after . ! ? ... and their forms in other scripts, with the quotes and brackets that close
// there, where a new sentence begins. Not after abbreviations ("Mr.", "e.g.", "Jan. 5"), initials,
// the number of a list item, inside numbers and addresses, or before a lower-case word ("What?" he
// said). Abbreviations that also end sentences ("etc.", "Inc.", "U.S.") do so before words that
// begin sentences. One blank stands between words; the spans leave out the blank between them.
std::vector<SentenceSpan> sentence_spans(std::string_view paragraph);

// The same as texts, of a paragraph with any blanks.
std::vector<std::string> split_sentences(std::string_view paragraph);

}  // namespace unimo::stages
