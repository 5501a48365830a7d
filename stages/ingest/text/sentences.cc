#include "stages/ingest/text/sentences.h"

#include <algorithm>
#include <array>

#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

// Followed by a name or a number as a rule, so that a capital letter after them says nothing.
constexpr std::array<std::string_view, 34> kAbbreviations{
    "Mr", "Mrs", "Ms",  "Dr",  "Prof", "St",     "Mt",  "Rev",  "Hon", "Capt", "Col", "Gen",
    "Lt", "Sgt", "Gov", "Sen", "Rep",  "Messrs", "Mme", "Mlle", "vs",  "etc",  "e.g", "i.e",
    "cf", "No",  "Nos", "vol", "Vol",  "pp",     "fig", "Fig",  "ed",  "Esq"};
// Also ordinary last words of a sentence; only a number after them marks the abbreviation.
constexpr std::array<std::string_view, 5> kBeforeNumbers{"No", "Nos", "fig", "Fig", "ed"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_stop(char c) { return c == '.' || c == '!' || c == '?'; }

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Bytes of a closing quote or bracket at the front, or 0; curly quotes take three bytes.
std::size_t closing_length(std::string_view text) {
  if (text.empty()) return 0;
  if (std::string_view("\"')]}_*").find(text[0]) != std::string_view::npos) return 1;
  if (text.starts_with("\xE2\x80\x9D") || text.starts_with("\xE2\x80\x99")) return 3;
  return 0;
}

// The first letter or digit of what follows, past opening quotes, brackets and dashes; 0 for other
// scripts.
char first_sign(std::string_view text) {
  while (!text.empty()) {
    if (is_letter(text[0]) || is_digit(text[0])) return text[0];
    if (std::string_view("\"'([{_*-").find(text[0]) != std::string_view::npos) {
      text.remove_prefix(1);
    } else if (text.starts_with("\xE2\x80")) {  // curly quotes and dashes
      text.remove_prefix(std::min<std::size_t>(3, text.size()));
    } else {
      return 0;
    }
  }
  return 0;
}

// The word that ends before `at`, dots inside kept: "e.g", "U.S", "Mr".
std::string_view word_before(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && (is_letter(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  return text.substr(begin, at - begin);
}

bool is_abbreviation(std::string_view text, std::size_t dot, char next) {
  const std::string_view word = word_before(text, dot);
  if (among(kBeforeNumbers, word)) return is_digit(next);
  if (among(kAbbreviations, word)) return true;
  // Initials: J. K. Rowling, U.S. Army. "I." ends sentences more often than it names people.
  const bool single = word.size() == 1 || (word.size() > 2 && word[word.size() - 2] == '.');
  return single && is_upper(word.back()) && word != "I";
}

bool ends_here(std::string_view text, std::size_t stop, std::size_t end, std::string_view rest) {
  const char next = first_sign(rest);
  if (is_lower(next)) return false;
  const bool lone_dot =
      text[stop] == '.' && (stop == 0 || text[stop - 1] != '.') && end == stop + 1;
  return !(lone_dot && is_abbreviation(text, stop, next));
}

}  // namespace

std::vector<Paragraph> split_paragraphs(std::string_view text) {
  std::vector<Paragraph> paragraphs;
  std::string joined;
  std::size_t first_line = 1;
  const auto flush = [&] {
    std::string tidy = tidy_blanks(joined);
    if (!tidy.empty()) paragraphs.push_back({first_line, std::move(tidy)});
    joined.clear();
  };
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (content.find_first_not_of(" \t\r") == std::string_view::npos) {
      flush();
      continue;
    }
    if (joined.empty()) first_line = line;
    joined += content;
    joined += ' ';
  }
  flush();
  return paragraphs;
}

std::vector<std::string> split_sentences(std::string_view paragraph) {
  const std::string text = tidy_blanks(paragraph);
  std::vector<std::string> sentences;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_stop(text[i])) continue;
    std::size_t stop = i;
    while (stop + 1 < text.size() && is_stop(text[stop + 1])) ++stop;
    std::size_t end = stop + 1;
    while (const std::size_t length = closing_length(std::string_view(text).substr(end)))
      end += length;
    i = end - 1;
    if (end >= text.size()) break;
    if (text[end] != ' ' || !ends_here(text, stop, end, std::string_view(text).substr(end + 1)))
      continue;
    sentences.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (begin < text.size()) sentences.push_back(text.substr(begin));
  return sentences;
}

}  // namespace unimo::stages
