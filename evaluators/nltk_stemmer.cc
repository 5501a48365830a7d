#include "evaluators/nltk_stemmer.h"

#include <array>
#include <span>
#include <utility>

#include "evaluators/porter_measure.h"

namespace unimo::eval {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kIrregular = {
    {{"sky", "sky"},
     {"skies", "sky"},
     {"dying", "die"},
     {"lying", "lie"},
     {"tying", "tie"},
     {"news", "news"},
     {"innings", "inning"},
     {"inning", "inning"},
     {"outings", "outing"},
     {"outing", "outing"},
     {"cannings", "canning"},
     {"canning", "canning"},
     {"howe", "howe"},
     {"proceed", "proceed"},
     {"exceed", "exceed"},
     {"succeed", "succeed"}}};

// The first suffix that fits decides, so that the order is part of the rules.
constexpr std::array<SuffixRule, 21> kStep2 = {
    {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
     {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
     {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
     {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
     {"fulli", "ful"}}};
constexpr std::array<SuffixRule, 7> kStep3 = {{{"icate", "ic"},
                                               {"ative", ""},
                                               {"alize", "al"},
                                               {"iciti", "ic"},
                                               {"ical", "ic"},
                                               {"ful", ""},
                                               {"ness", ""}}};
constexpr std::array<std::string_view, 19> kStep4 = {
    "al",  "ance", "ence", "er",  "ic",  "able", "ible", "ant", "ement", "ment",
    "ent", "ion",  "ou",   "ism", "ate", "iti",  "ous",  "ive", "ize"};

std::string_view without_end(std::string_view word, std::size_t letters) {
  return word.substr(0, word.size() - letters);
}

void replace_end(std::string& word, std::size_t letters, std::string_view replacement) {
  word.erase(word.size() - letters);
  word += replacement;
}

bool ends_in_consonant(std::string_view stem) {
  bool last = false;
  classify_letters(stem, [&](bool consonant) { last = consonant; });
  return last;
}

bool ends_in_double_consonant(std::string_view stem) {
  return stem.size() >= 2 && stem.back() == stem[stem.size() - 2] && ends_in_consonant(stem);
}

// Porter's *o, consonant, vowel and consonant other than w, x, y at the end; and NLTK's addition, a
// word of one vowel and one consonant.
bool ends_in_short_syllable(std::string_view stem) {
  std::array<bool, 3> last{};  // whether the last three letters are consonants, oldest first
  classify_letters(stem, [&](bool consonant) { last = {last[1], last[2], consonant}; });
  if (last[1] || !last[2]) return false;
  if (stem.size() == 2) return true;
  const char end = stem.back();
  return stem.size() >= 3 && last[0] && end != 'w' && end != 'x' && end != 'y';
}

void drop_plural(std::string& word) {
  const bool two_letters = word.ends_with("sses") || word.ends_with("ies");
  if (two_letters && !(word.ends_with("ies") && word.size() == 4)) {
    word.erase(word.size() - 2);
  } else if (word.ends_with('s') && !word.ends_with("ss")) {
    word.pop_back();
  }
}

void mend_ending(std::string& word) {
  const bool lost_e = word.ends_with("at") || word.ends_with("bl") || word.ends_with("iz");
  if (!lost_e && ends_in_double_consonant(word)) {
    const char end = word.back();
    if (end != 'l' && end != 's' && end != 'z') word.pop_back();
  } else if (lost_e || (porter_measure(word) == 1 && ends_in_short_syllable(word))) {
    word += 'e';
  }
}

void drop_tense(std::string& word) {
  if (word.ends_with("ied")) {
    word.erase(word.size() - (word.size() == 4 ? 1 : 2));
    return;
  }
  if (word.ends_with("eed")) {
    if (porter_measure(without_end(word, 3)) > 0) word.pop_back();
    return;
  }
  const std::size_t letters = word.ends_with("ed") ? 2 : word.ends_with("ing") ? 3 : 0;
  if (letters == 0 || !has_vowel(without_end(word, letters))) return;
  word.erase(word.size() - letters);
  mend_ending(word);
}

void replace_first(std::string& word, std::span<const SuffixRule> rules) {
  for (const auto& [suffix, replacement] : rules) {
    if (!word.ends_with(suffix)) continue;
    if (porter_measure(without_end(word, suffix.size())) > 0) {
      replace_end(word, suffix.size(), replacement);
    }
    return;
  }
}

void apply_step2(std::string& word) {
  // "alli" comes first, and its result is looked at again.
  while (word.ends_with("alli") && porter_measure(without_end(word, 4)) > 0)
    word.erase(word.size() - 2);
  // The l of "logi" counts as part of the stem, for the sake of "geology".
  if (word.ends_with("logi")) {
    if (porter_measure(without_end(word, 3)) > 0) word.pop_back();
    return;
  }
  replace_first(word, kStep2);
}

void apply_step4(std::string& word) {
  for (const std::string_view suffix : kStep4) {
    if (!word.ends_with(suffix)) continue;
    const std::string_view stem = without_end(word, suffix.size());
    const bool fits = suffix != "ion" || stem.ends_with('s') || stem.ends_with('t');
    if (fits && porter_measure(stem) > 1) word.erase(stem.size());
    return;
  }
}

void tidy_up(std::string& word) {
  if (word.ends_with('e')) {
    const std::string_view stem = without_end(word, 1);
    const int measure = porter_measure(stem);
    if (measure > 1 || (measure == 1 && !ends_in_short_syllable(stem))) word.pop_back();
  }
  if (word.ends_with("ll") && porter_measure(without_end(word, 1)) > 1) word.pop_back();
}

}  // namespace

std::string nltk_stem(std::string_view text) {
  for (const auto& [irregular, stem] : kIrregular) {
    if (text == irregular) return std::string(stem);
  }
  std::string word(text);
  if (word.size() <= 2) return word;
  drop_plural(word);
  drop_tense(word);
  if (word.ends_with('y') && word.size() > 2 && ends_in_consonant(without_end(word, 1))) {
    word.back() = 'i';
  }
  apply_step2(word);
  replace_first(word, kStep3);
  apply_step4(word);
  tidy_up(word);
  return word;
}

}  // namespace unimo::eval
