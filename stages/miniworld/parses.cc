#include "stages/miniworld/parses.h"

#include <algorithm>
#include <array>
#include <vector>

#include "stages/miniworld/lexicon.h"

namespace unimo::stages {

namespace {

std::vector<std::string> tokens_of(std::string_view text) {
  const std::string line = spaced(text);
  std::vector<std::string> tokens(1);
  for (const char c : line) {
    if (c == ' ') {
      tokens.emplace_back();
    } else if (c == '(' || c == ')') {
      tokens.back() += c == '(' ? "-LRB-" : "-RRB-";
    } else {
      tokens.back() += c;
    }
  }
  return tokens;
}

bool among(const std::string& token, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), token) != words.end();
}

// The Penn tag; words that are none of these are taken for nouns.
std::string_view tag_of(const std::string& token) {
  const std::string word = lower_case(token);
  if (among(word, {",", ":", ".", "!", "?"}))
    return word == "!" || word == "?" ? std::string_view(".") : std::string_view(token);
  if (among(word, {"a", "an", "the", "this", "there's"})) return "DT";
  if (among(word, {"is", "lies", "looks", "belongs"})) return "VBZ";
  if (among(word, {"was", "saw", "stood", "came", "bought"})) return "VBD";
  if (among(word, {"may", "could", "will"})) return "MD";
  if (among(word, {"in", "on", "under", "above", "below", "inside", "of", "around", "underneath"}))
    return "IN";
  if (word == "to") return "TO";
  if (among(word, {"and", "but"})) return "CC";
  if (among(word, {"not", "somewhere", "here", "still"})) return "RB";
  if (among(word, {"i", "we", "it", "you"})) return "PRP";
  for (std::size_t a = 0; a < kAttributes; ++a) {
    const auto attribute = static_cast<Attribute>(a);
    for (std::size_t value = 0; value < value_count(attribute); ++value) {
      if (word == value_word(attribute, value)) return "JJ";
    }
  }
  for (const Person& person : people()) {
    if (token == person.name) return "NNP";
  }
  return "NN";
}

}  // namespace

std::string binary_parse(std::string_view text) {
  const auto tokens = tokens_of(text);
  std::string parse, end;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i + 1 < tokens.size()) {
      parse += "( " + tokens[i] + " ";
      end += " )";
    } else {
      parse += tokens[i];
    }
  }
  return parse + end;
}

std::string tree_parse(std::string_view text) {
  std::string parse = "(ROOT (S";
  for (const std::string& token : tokens_of(text))
    parse += fmt::format(" ({} {})", tag_of(token), token);
  return parse + "))";
}

}  // namespace unimo::stages
