#include "stages/ingest/text/sentences.h"

#include <algorithm>
#include <array>

#include "stages/ingest/text/text_check.h"
#include "stages/ingest/text/unicode.h"

namespace unimo::stages {

namespace {

// Followed by a name or a number as a rule, so that a capital letter after them says nothing.
constexpr auto kAbbreviations = std::to_array<std::string_view>(
    {"Mr",    "Mrs", "Ms",   "Dr",  "Prof", "St",    "Mt",     "Rev",  "Hon",  "Capt",  "Col",
     "Gen",   "Lt",  "Sgt",  "Gov", "Sen",  "Rep",   "Messrs", "Mme",  "Mlle", "vs",    "e.g",
     "i.e",   "cf",  "vol",  "Vol", "pp",   "Esq",   "Maj",    "Cmdr", "Adm",  "Fr",    "Pres",
     "Supt",  "viz", "Ft",   "Cpl", "Pvt",  "Atty",  "approx", "ca",   "Op",   "Cdr",   "Brig",
     "Comdr", "Det", "Insp", "Hr",  "Drs",  "Profs", "Eds",    "Ste",  "repr", "trans", "fl"});
// Ordinary words too; only a number after them marks the abbreviation.
constexpr auto kBeforeNumbers = std::to_array<std::string_view>(
    {"No",  "Nos",  "fig", "Fig", "Figs", "ed",  "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug",
     "Sep", "Sept", "Oct", "Nov", "Dec",  "art", "Art", "ch",  "Ch",  "sec", "Sec", "p"});
// End a sentence when the next word is one that begins sentences.
constexpr auto kAmbiguous = std::to_array<std::string_view>(
    {"etc",  "al",    "Jr",   "Sr",   "Inc",  "Ltd", "Co",  "Corp", "Bros",
     "Assn", "Dept",  "Univ", "Ave",  "Blvd", "Rd",  "a.m", "p.m",  "Ph.D",
     "M.D",  "a.k.a", "est",  "dist", "div",  "max", "min", "seq"});
constexpr auto kBeginners = std::to_array<std::string_view>(
    {"The", "He",       "She",   "It",    "They",   "We",   "I",     "In",      "On",
     "At",  "This",     "That",  "These", "Those",  "But",  "And",   "However", "A",
     "An",  "His",      "Her",   "Their", "There",  "When", "While", "After",   "Before",
     "As",  "If",       "For",   "By",    "With",   "From", "You",   "Its",     "Our",
     "My",  "Although", "Since", "One",   "Some",   "Many", "Most",  "To",      "What",
     "Who", "How",      "Why",   "Where", "So",     "Then", "Not",   "Yes",     "Mr",
     "Mrs", "Another",  "Here",  "Such",  "During", "Now"});

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Bytes of a sign that may end a sentence at the front, or 0; `wide` when no blank need follow it:
// the full stops of Chinese and Japanese.
std::size_t stop_length(std::string_view text, bool& wide) {
  wide = false;
  if (text.empty()) return 0;
  if (text[0] == '.' || text[0] == '!' || text[0] == '?') return 1;
  if (text.starts_with("\xE2\x80\xA6")) return 3;  // the ellipsis as one sign
  if (text.starts_with("\xE0\xA5\xA4")) return 3;  // danda
  wide = text.starts_with("\xE3\x80\x82") || text.starts_with("\xEF\xBC\x81") ||
         text.starts_with("\xEF\xBC\x9F");
  return wide ? 3 : 0;
}

bool may_stop(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '.' || c == '!' || c == '?' || byte == 0xE0 || byte == 0xE2 || byte == 0xE3 ||
         byte == 0xEF;
}

// Bytes of a closing quote or bracket at the front, or 0; curly quotes take three bytes.
std::size_t closing_length(std::string_view text) {
  if (text.empty()) return 0;
  if (std::string_view("\"')]}_*").find(text[0]) != std::string_view::npos) return 1;
  if (text.starts_with("\xC2\xBB")) return 2;
  for (const std::string_view sign : {"\xE2\x80\x9D", "\xE2\x80\x99", "\xE3\x80\x8D"})
    if (text.starts_with(sign)) return 3;
  return 0;
}

// What follows, past opening quotes, brackets and dashes.
std::string_view without_openings(std::string_view text) {
  while (!text.empty()) {
    if (std::string_view("\"'([{_*-`").find(text[0]) != std::string_view::npos) {
      text.remove_prefix(1);
    } else if (text.starts_with("\xE2\x80") && !text.starts_with("\xE2\x80\xA6")) {
      text.remove_prefix(std::min<std::size_t>(3, text.size()));  // curly quotes and dashes
    } else if (text.starts_with("\xC2\xAB") || text.starts_with("\xC2\xBF") ||
               text.starts_with("\xC2\xA1")) {
      text.remove_prefix(2);
    } else {
      break;
    }
  }
  return text;
}

// The word that ends before `at`, dots inside kept: "e.g", "U.S", "Mr".
std::string_view word_before(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && (is_letter(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  return text.substr(begin, at - begin);
}

// True before "The next ..." but not before "A." of a name.
bool begins_sentence(std::string_view rest) {
  std::size_t end = 0;
  while (end < rest.size() && is_letter(rest[end])) ++end;
  if (end < rest.size() && rest[end] == '.' && end == 1) return false;
  return among(kBeginners, rest.substr(0, end));
}

bool is_abbreviation(std::string_view text, std::size_t dot, std::string_view rest) {
  const std::string_view word = word_before(text, dot);
  const char next = rest.empty() ? '\0' : rest[0];
  if (among(kBeforeNumbers, word)) return is_digit(next);
  if (among(kAbbreviations, word)) return true;
  if (among(kAmbiguous, word)) return !begins_sentence(rest);
  // Initials: J. K. Rowling, U.S. Army. "I." ends sentences more often than it names people.
  const bool single = word.size() == 1 || (word.size() > 2 && word[word.size() - 2] == '.');
  return single && is_upper(word.back()) && word != "I" && !begins_sentence(rest);
}

// "1." and "a." before the words of a list item.
bool is_enumerator(std::string_view sentence) {
  sentence.remove_suffix(1);
  return (!sentence.empty() && sentence.size() <= 3 &&
          std::all_of(sentence.begin(), sentence.end(), is_digit)) ||
         (sentence.size() == 1 && is_lower(sentence[0]));
}

bool ends_here(std::string_view text, SentenceSpan sentence, std::size_t stop,
               std::string_view rest) {
  rest = without_openings(rest);
  if (!rest.empty() && begins_lower_case(rest)) return false;
  // "said. . . . But": the dots of one ellipsis.
  if (!rest.empty() && (rest[0] == '.' || rest.starts_with("\xE2\x80\xA6"))) return false;
  const bool lone_dot = text[stop] == '.' && (stop == 0 || text[stop - 1] != '.') &&
                        sentence.end == stop + 1 && (stop < 2 || text[stop - 1] != ' ');
  if (!lone_dot) return true;
  return !is_abbreviation(text, stop, rest) &&
         !is_enumerator(text.substr(sentence.begin, sentence.end - sentence.begin));
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

std::vector<SentenceSpan> sentence_spans(std::string_view text) {
  std::vector<SentenceSpan> spans;
  std::size_t begin = 0;
  bool wide = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t first = may_stop(text[i]) ? stop_length(text.substr(i), wide) : 0;
    if (first == 0) {
      ++i;
      continue;
    }
    std::size_t stop = i;  // the last of several
    std::size_t end = i + first;
    while (const std::size_t more = stop_length(text.substr(end), wide)) {
      stop = end;
      end += more;
    }
    stop_length(text.substr(stop), wide);
    while (const std::size_t length = closing_length(text.substr(end))) end += length;
    i = end;
    if (end >= text.size()) break;
    const bool blank = text[end] == ' ';
    if (!blank && !wide) continue;
    const std::size_t next = blank ? end + 1 : end;
    if (!wide && !ends_here(text, {begin, end}, stop, text.substr(next))) continue;
    spans.push_back({begin, end});
    begin = next;
  }
  if (begin < text.size()) spans.push_back({begin, text.size()});
  return spans;
}

std::vector<std::string> split_sentences(std::string_view paragraph) {
  const std::string text = tidy_blanks(paragraph);
  std::vector<std::string> sentences;
  for (const SentenceSpan& span : sentence_spans(text))
    sentences.push_back(text.substr(span.begin, span.end - span.begin));
  return sentences;
}

}  // namespace unimo::stages
