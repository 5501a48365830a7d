#include "evaluators/snowball_english.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

#include "evaluators/unicode.h"

namespace unimo::eval {

namespace {

using Text = std::u32string_view;

struct Rule {
  Text suffix;
  Text replacement;
};

constexpr std::array<Rule, 18> kWholeWords = {{{U"skis", U"ski"},
                                               {U"skies", U"sky"},
                                               {U"dying", U"die"},
                                               {U"lying", U"lie"},
                                               {U"tying", U"tie"},
                                               {U"idly", U"idl"},
                                               {U"gently", U"gentl"},
                                               {U"ugly", U"ugli"},
                                               {U"early", U"earli"},
                                               {U"only", U"onli"},
                                               {U"singly", U"singl"},
                                               {U"sky", U"sky"},
                                               {U"news", U"news"},
                                               {U"howe", U"howe"},
                                               {U"atlas", U"atlas"},
                                               {U"cosmos", U"cosmos"},
                                               {U"bias", U"bias"},
                                               {U"andes", U"andes"}}};

// Looked up after the plural ending is gone.
constexpr std::array<Text, 8> kUntouched = {U"inning",  U"outing",  U"canning", U"herring",
                                            U"earring", U"proceed", U"exceed",  U"succeed"};

// Words that begin so have their first region right after it.
constexpr std::array<Text, 3> kRegionStarts = {U"gener", U"commun", U"arsen"};

constexpr std::array<Rule, 24> kStep2 = {
    {{U"tional", U"tion"}, {U"enci", U"ence"},   {U"anci", U"ance"},   {U"abli", U"able"},
     {U"entli", U"ent"},   {U"izer", U"ize"},    {U"ization", U"ize"}, {U"ational", U"ate"},
     {U"ation", U"ate"},   {U"ator", U"ate"},    {U"alism", U"al"},    {U"aliti", U"al"},
     {U"alli", U"al"},     {U"fulness", U"ful"}, {U"ousli", U"ous"},   {U"ousness", U"ous"},
     {U"iveness", U"ive"}, {U"iviti", U"ive"},   {U"biliti", U"ble"},  {U"bli", U"ble"},
     {U"ogi", U"og"},      {U"fulli", U"ful"},   {U"lessli", U"less"}, {U"li", U""}}};

constexpr std::array<Rule, 9> kStep3 = {{{U"tional", U"tion"},
                                         {U"ational", U"ate"},
                                         {U"alize", U"al"},
                                         {U"icate", U"ic"},
                                         {U"iciti", U"ic"},
                                         {U"ical", U"ic"},
                                         {U"ful", U""},
                                         {U"ness", U""},
                                         {U"ative", U""}}};

constexpr std::array<Rule, 18> kStep4 = {{{U"al", U""},
                                          {U"ance", U""},
                                          {U"ence", U""},
                                          {U"er", U""},
                                          {U"ic", U""},
                                          {U"able", U""},
                                          {U"ible", U""},
                                          {U"ant", U""},
                                          {U"ement", U""},
                                          {U"ment", U""},
                                          {U"ent", U""},
                                          {U"ism", U""},
                                          {U"ate", U""},
                                          {U"iti", U""},
                                          {U"ous", U""},
                                          {U"ive", U""},
                                          {U"ize", U""},
                                          {U"ion", U""}}};

bool is_one_of(char32_t c, Text set) { return set.find(c) != Text::npos; }

// A consonant y is written Y on the way, so `y` here is always the vowel.
bool is_vowel(char32_t c) { return is_one_of(c, U"aeiouy"); }

// The longest rule whose suffix the word has.
const Rule* longest(Text word, std::span<const Rule> rules) {
  const Rule* best = nullptr;
  for (const Rule& rule : rules) {
    if (word.ends_with(rule.suffix) && (!best || rule.suffix.size() > best->suffix.size())) {
      best = &rule;
    }
  }
  return best;
}

class Stemmer {
 public:
  explicit Stemmer(Text word) : word_(word) {}
  std::u32string stem();

 private:
  void mark_consonant_y();
  void find_regions();
  std::size_t after_vowel_and_consonant(std::size_t from) const;
  bool has_vowel_before(std::size_t end) const;
  bool ends_in_short_syllable(std::size_t size) const;
  // Whether a suffix of this length lies in the first or second region.
  bool in_r1(std::size_t suffix) const { return word_.size() - suffix >= r1_; }
  bool in_r2(std::size_t suffix) const { return word_.size() - suffix >= r2_; }
  void replace(std::size_t suffix, Text by) {
    word_.resize(word_.size() - suffix);
    word_ += by;
  }
  void possessive();
  void plural();
  void past_and_gerund();
  void mend_after_removal();
  void final_y();
  void step_2();
  void step_3();
  void step_4();
  void final_e_and_l();

  std::u32string word_;
  std::size_t r1_ = 0;
  std::size_t r2_ = 0;
};

void Stemmer::mark_consonant_y() {
  for (std::size_t i = 0; i < word_.size(); ++i) {
    if (word_[i] == U'y' && (i == 0 || is_vowel(word_[i - 1]))) word_[i] = U'Y';
  }
}

std::size_t Stemmer::after_vowel_and_consonant(std::size_t from) const {
  std::size_t i = from;
  while (i < word_.size() && !is_vowel(word_[i])) ++i;
  while (i < word_.size() && is_vowel(word_[i])) ++i;
  return std::min(i + 1, word_.size());
}

void Stemmer::find_regions() {
  const auto start = std::find_if(kRegionStarts.begin(), kRegionStarts.end(),
                                  [&](Text prefix) { return Text(word_).starts_with(prefix); });
  r1_ = start != kRegionStarts.end() ? start->size() : after_vowel_and_consonant(0);
  r2_ = after_vowel_and_consonant(r1_);
}

bool Stemmer::has_vowel_before(std::size_t end) const {
  return std::any_of(word_.begin(), word_.begin() + static_cast<std::ptrdiff_t>(end), is_vowel);
}

// Of the first `size` letters: consonant, vowel, consonant other than w, x, Y; or a word of a vowel
// and a consonant.
bool Stemmer::ends_in_short_syllable(std::size_t size) const {
  if (size < 2 || is_vowel(word_[size - 1]) || !is_vowel(word_[size - 2])) return false;
  if (size == 2) return true;
  return !is_vowel(word_[size - 3]) && !is_one_of(word_[size - 1], U"wxY");
}

void Stemmer::possessive() {
  for (const Text suffix : {Text(U"'s'"), Text(U"'s"), Text(U"'")}) {
    if (!Text(word_).ends_with(suffix)) continue;
    replace(suffix.size(), U"");
    return;
  }
}

void Stemmer::plural() {
  const Text word = word_;
  if (word.ends_with(U"sses")) {
    replace(4, U"ss");
  } else if (word.ends_with(U"ied") || word.ends_with(U"ies")) {
    replace(3, word.size() > 4 ? U"i" : U"ie");
  } else if (word.ends_with(U"us") || word.ends_with(U"ss") || !word.ends_with(U"s")) {
    return;
  } else if (word.size() >= 2 && has_vowel_before(word.size() - 2)) {
    replace(1, U"");
  }
}

void Stemmer::past_and_gerund() {
  for (const Text suffix :
       {Text(U"eedly"), Text(U"ingly"), Text(U"edly"), Text(U"eed"), Text(U"ing"), Text(U"ed")}) {
    if (!Text(word_).ends_with(suffix)) continue;
    if (suffix.starts_with(U"ee")) {
      if (in_r1(suffix.size())) replace(suffix.size(), U"ee");
    } else if (has_vowel_before(word_.size() - suffix.size())) {
      replace(suffix.size(), U"");
      mend_after_removal();
    }
    return;
  }
}

void Stemmer::mend_after_removal() {
  const Text word = word_;
  if (word.ends_with(U"at") || word.ends_with(U"bl") || word.ends_with(U"iz")) {
    word_ += U'e';
    return;
  }
  const std::size_t size = word.size();
  if (size >= 2 && word[size - 1] == word[size - 2] && is_one_of(word[size - 1], U"bdfgmnprt")) {
    word_.pop_back();
  } else if (size == r1_ && ends_in_short_syllable(size)) {
    word_ += U'e';
  }
}

void Stemmer::final_y() {
  const std::size_t size = word_.size();
  if (size > 2 && is_one_of(word_[size - 1], U"yY") && !is_vowel(word_[size - 2])) {
    word_[size - 1] = U'i';
  }
}

void Stemmer::step_2() {
  const Rule* rule = longest(word_, kStep2);
  if (!rule || !in_r1(rule->suffix.size())) return;
  const std::size_t stem = word_.size() - rule->suffix.size();
  const char32_t before = stem > 0 ? word_[stem - 1] : U' ';
  if (rule->suffix == U"ogi" && before != U'l') return;
  if (rule->suffix == U"li" && !is_one_of(before, U"cdeghkmnrt")) return;
  replace(rule->suffix.size(), rule->replacement);
}

void Stemmer::step_3() {
  const Rule* rule = longest(word_, kStep3);
  if (!rule || !in_r1(rule->suffix.size())) return;
  if (rule->suffix == U"ative" && !in_r2(rule->suffix.size())) return;
  replace(rule->suffix.size(), rule->replacement);
}

void Stemmer::step_4() {
  const Rule* rule = longest(word_, kStep4);
  if (!rule || !in_r2(rule->suffix.size())) return;
  const std::size_t stem = word_.size() - rule->suffix.size();
  if (rule->suffix == U"ion" && (stem == 0 || !is_one_of(word_[stem - 1], U"st"))) return;
  replace(rule->suffix.size(), U"");
}

void Stemmer::final_e_and_l() {
  const std::size_t size = word_.size();
  if (size == 0) return;
  const bool drop = word_.back() == U'e'
                        ? in_r2(1) || (in_r1(1) && !ends_in_short_syllable(size - 1))
                        : word_.back() == U'l' && in_r2(1) && size >= 2 && word_[size - 2] == U'l';
  if (drop) word_.pop_back();
}

std::u32string Stemmer::stem() {
  if (word_.starts_with(U'\'')) word_.erase(0, 1);
  mark_consonant_y();
  find_regions();
  possessive();
  plural();
  if (std::find(kUntouched.begin(), kUntouched.end(), Text(word_)) == kUntouched.end()) {
    past_and_gerund();
    final_y();
    step_2();
    step_3();
    step_4();
    final_e_and_l();
  }
  std::replace(word_.begin(), word_.end(), U'Y', U'y');
  return word_;
}

}  // namespace

std::u32string snowball_english(std::u32string_view word) {
  if (word.size() < 3) return std::u32string(word);
  const auto known = std::find_if(kWholeWords.begin(), kWholeWords.end(),
                                  [&](const Rule& rule) { return rule.suffix == word; });
  if (known != kWholeWords.end()) return std::u32string(known->replacement);
  return Stemmer(word).stem();
}

std::string snowball_english(std::string_view word) {
  return encode_utf8(snowball_english(decode_utf8(word)));
}

}  // namespace unimo::eval
