#include "evaluators/rouge_stemmer.h"

#include <algorithm>
#include <array>
#include <span>

#include "evaluators/ngrams.h"
#include "evaluators/porter_measure.h"
#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"

namespace unimo::eval {

namespace {

constexpr std::size_t kShortWord = 3;

// Steps 2 and 3 of the paper, with Porter's later "bli" and "logi".
constexpr std::array<SuffixRule, 21> kStep2 = {
    {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
     {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
     {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
     {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
     {"logi", "log"}}};
constexpr std::array<SuffixRule, 7> kStep3 = {{{"icate", "ic"},
                                               {"ative", ""},
                                               {"alize", "al"},
                                               {"iciti", "ic"},
                                               {"ical", "ic"},
                                               {"ful", ""},
                                               {"ness", ""}}};
// Step 4 without "ment", "ent" and "ion": the program tries those afterwards.
constexpr std::array<SuffixRule, 16> kStep4 = {{{"al", ""},
                                                {"ance", ""},
                                                {"ence", ""},
                                                {"er", ""},
                                                {"ic", ""},
                                                {"able", ""},
                                                {"ible", ""},
                                                {"ant", ""},
                                                {"ement", ""},
                                                {"ou", ""},
                                                {"ism", ""},
                                                {"ate", ""},
                                                {"iti", ""},
                                                {"ous", ""},
                                                {"ive", ""},
                                                {"ize", ""}}};

bool one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

std::string_view without_end(std::string_view word, std::size_t letters) {
  return word.substr(0, word.size() - letters);
}

// Applies the longest suffix of the list that the word has, if enough word stands before it.
void replace_longest(std::string& word, std::span<const SuffixRule> rules, int least_measure) {
  const SuffixRule* longest = nullptr;
  for (const SuffixRule& rule : rules) {
    if (!word.ends_with(rule.suffix)) continue;
    if (longest == nullptr || rule.suffix.size() > longest->suffix.size()) longest = &rule;
  }
  if (longest == nullptr) return;
  if (porter_measure(without_end(word, longest->suffix.size())) < least_measure) return;
  word.erase(word.size() - longest->suffix.size());
  word += longest->replacement;
}

// The whole word is consonants, one vowel and one consonant, as in "hop".
bool is_short_syllable(std::string_view word) {
  if (word.size() < 3 || one_of(word.back(), "aeiouwxy")) return false;
  if (!one_of(word[word.size() - 2], "aeiouy") || is_plain_vowel(word.front())) return false;
  for (const char c : word.substr(1, word.size() - 3)) {
    if (one_of(c, "aeiouy")) return false;
  }
  return true;
}

void drop_plural(std::string& word) {
  if (word.ends_with("sses") || word.ends_with("ies")) {
    word.erase(word.size() - 2);
  } else if (word.ends_with('s') && !word.ends_with("ss")) {
    word.pop_back();
  }
}

// What is left after "ed" or "ing" gets back the e or loses the double letter it had.
void mend_ending(std::string& word) {
  const std::size_t size = word.size();
  const bool lost_e = word.ends_with("at") || word.ends_with("bl") || word.ends_with("iz");
  const bool doubled =
      size >= 2 && word[size - 1] == word[size - 2] && !one_of(word.back(), "aeiouylsz");
  if (!lost_e && doubled) {
    word.pop_back();
  } else if (lost_e || is_short_syllable(word)) {
    word += 'e';
  }
}

void drop_tense(std::string& word) {
  if (word.ends_with("eed")) {
    if (porter_measure(without_end(word, 3)) > 0) word.pop_back();
    return;
  }
  const std::size_t letters = word.ends_with("ed") ? 2 : word.ends_with("ing") ? 3 : 0;
  if (letters == 0 || !has_vowel(without_end(word, letters))) return;
  word.erase(word.size() - letters);
  mend_ending(word);
}

void drop_last_suffix(std::string& word) {
  replace_longest(word, kStep4, 2);
  constexpr std::array<SuffixRule, 1> kMent = {{{"ment", ""}}};
  constexpr std::array<SuffixRule, 1> kEnt = {{{"ent", ""}}};
  replace_longest(word, kMent, 2);
  if (word.ends_with("ent")) {
    replace_longest(word, kEnt, 2);
  } else if ((word.ends_with("sion") || word.ends_with("tion")) &&
             porter_measure(without_end(word, 3)) > 1) {
    word.erase(word.size() - 3);
  }
}

void tidy_up(std::string& word) {
  if (word.ends_with('e')) {
    const std::string_view stem = without_end(word, 1);
    const int measure = porter_measure(stem);
    if (measure > 1 || (measure == 1 && !is_short_syllable(stem))) word.pop_back();
  }
  if (word.ends_with("ll") && porter_measure(word) > 1) word.pop_back();
}

std::string porter_stem(std::string_view text) {
  std::string word(text);
  drop_plural(word);
  drop_tense(word);
  if (word.ends_with('y') && has_vowel(without_end(word, 1))) word.back() = 'i';
  replace_longest(word, kStep2, 1);
  replace_longest(word, kStep3, 1);
  drop_last_suffix(word);
  tidy_up(word);
  return word;
}

}  // namespace

Result<ExceptionLists> ExceptionLists::load(const std::filesystem::path& folder) {
  ExceptionLists lists;
  Sha256 hash;
  for (const char* name : {"adj.exc", "adv.exc", "noun.exc", "verb.exc"}) {
    const auto file = folder / name;
    const std::string text = UNIMO_TRY(read_file(file));
    UNIMO_TRY(lists.add(file, text));
    hash.update(text);
  }
  lists.digest_ = hash.hex();
  return lists;
}

Status ExceptionLists::add(const std::filesystem::path& file, std::string_view text) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto words = split_words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty()) continue;
    if (words.size() == 1) {
      return fail(ErrorCode::kInvalid, "{}:{}: \"{}\" has no base form; write both on one line",
                  file.string(), line, words[0]);
    }
    bases_.insert_or_assign(std::string(words[0]), std::string(words[1]));
  }
  return ok();
}

const std::string* ExceptionLists::base_of(std::string_view word) const {
  const auto found = bases_.find(word);
  return found == bases_.end() ? nullptr : &found->second;
}

std::string rouge_stem(std::string_view word, const ExceptionLists* exceptions) {
  if (word.size() <= kShortWord) return std::string(word);
  const std::string* base = exceptions == nullptr ? nullptr : exceptions->base_of(word);
  return base != nullptr ? *base : porter_stem(word);
}

}  // namespace unimo::eval
