// METEOR 1.5's own preparation of an English line (`-norm`): punctuation apart, hyphens between
// words opened, dots of abbreviations judged, all in lower case.
//
// Source: METEOR's Normalizer, which follows the Moses tokenizer (revision 3612). Its table of
// letters (Western European and Cyrillic ranges) is kept: a Greek or Chinese letter is a word of
// its own. One oddity is not: a text that contains the program's internal mark "DOTMULTI".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::eval {

// Abbreviations that keep their dot: always ("Mr."), or only before a number ("No. 5").
enum class DotRule { kAlways, kBeforeNumber };

struct NonbreakingPrefixes {
  std::unordered_map<std::string, DotRule> rules;
  std::string digest;
  // One a line; "#" begins a comment, "#NUMERIC_ONLY#" behind a prefix restricts it.
  static Result<NonbreakingPrefixes> read(const std::filesystem::path& file);
};

// Words separated by single blanks. Bytes that are no UTF-8 count as U+FFFD each.
std::string meteor_normalized(std::string_view line, const NonbreakingPrefixes& prefixes);

// What Java's StringTokenizer takes for white space.
inline bool is_java_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

template <class Work>
void for_each_java_word(std::string_view text, const Work& work) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_java_blank(text[at])) continue;
    const std::size_t begin = at;
    while (at < text.size() && !is_java_blank(text[at])) ++at;
    work(text.substr(begin, at - begin));
  }
}

inline std::vector<std::string_view> split_java_words(std::string_view text) {
  std::vector<std::string_view> words;
  for_each_java_word(text, [&](std::string_view word) { words.push_back(word); });
  return words;
}

}  // namespace unimo::eval
