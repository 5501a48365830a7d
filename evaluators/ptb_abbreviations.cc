// Words that keep their period. Some of them may end a sentence: then the period is given once
// more.
#include <algorithm>
#include <iterator>

#include "evaluators/ptb_rules.h"

namespace unimo::eval::ptb {

namespace {

struct Abbreviation {
  std::u32string_view word;
  bool capital_only = false;  // a common word otherwise: "Mass." but not "mass."
};

// Usually followed by lower case; before a capital they end the sentence.
constexpr Abbreviation kEnding[] = {
    // months, days
    {U"jan"},
    {U"feb"},
    {U"mar"},
    {U"apr"},
    {U"jun"},
    {U"jul"},
    {U"aug"},
    {U"sep"},
    {U"sept"},
    {U"oct"},
    {U"nov"},
    {U"dec"},
    {U"mon"},
    {U"tue"},
    {U"tues"},
    {U"wed"},
    {U"thu"},
    {U"thurs"},
    {U"fri"},
    // American states
    {U"ala"},
    {U"ariz"},
    {U"az", true},
    {U"ark", true},
    {U"calif"},
    {U"colo"},
    {U"conn"},
    {U"ct"},
    {U"dak"},
    {U"del", true},
    {U"fla"},
    {U"ga"},
    {U"ill", true},
    {U"ind"},
    {U"kan"},
    {U"kans"},
    {U"ky"},
    {U"la", true},
    {U"mass", true},
    {U"md"},
    {U"mich"},
    {U"minn"},
    {U"miss", true},
    {U"mo"},
    {U"mont"},
    {U"neb"},
    {U"nev"},
    {U"okla"},
    {U"ore", true},
    {U"pa", true},
    {U"penn"},
    {U"tenn"},
    {U"tex", true},
    {U"va"},
    {U"vt"},
    {U"wash", true},
    {U"wis"},
    {U"wisc"},
    {U"wyo"},
    // companies
    {U"inc"},
    {U"co"},
    {U"cos"},
    {U"corp"},
    {U"pty"},
    {U"ptys"},
    {U"ppty"},
    {U"pptys"},
    {U"pte"},
    {U"ptes"},
    {U"ppte"},
    {U"pptes"},
    {U"ltd"},
    {U"plc"},
    {U"rt"},
    {U"bancorp"},
    {U"bhd"},
    {U"assn"},
    {U"univ"},
    {U"intl"},
    {U"sys"},
    // measures, titles behind a name, the rest
    {U"tel"},
    {U"est"},
    {U"ext"},
    {U"sq"},
    {U"jr"},
    {U"sr"},
    {U"bros"},
    {U"blvd"},
    {U"rd"},
    {U"esq"},
    {U"etc"},
    {U"al"},
    {U"seq"},
    {U"bldg"}};

// Usually followed by a name; they never end a sentence.
constexpr Abbreviation kLeading[] = {
    {U"mr"},    {U"mrs"}, {U"ms"},    {U"miss", true}, {U"dr"},    {U"drs"},  {U"prof"},
    {U"profs"}, {U"sen"}, {U"sens"},  {U"rep"},        {U"reps"},  {U"atty"}, {U"attys"},
    {U"lt"},    {U"col"}, {U"gen"},   {U"messrs"},     {U"gov"},   {U"govs"}, {U"adm"},
    {U"rev"},   {U"maj"}, {U"sgt"},   {U"cpl"},        {U"pvt"},   {U"capt"}, {U"st"},
    {U"ste"},   {U"ave"}, {U"pres"},  {U"lieut"},      {U"hon"},   {U"brig"}, {U"cmdr"},
    {U"comdr"}, {U"pfc"}, {U"spc"},   {U"supt"},       {U"supts"}, {U"det"},  {U"mt"},
    {U"ft"},    {U"adj"}, {U"adv"},   {U"asst"},       {U"assoc"}, {U"ens"},  {U"insp"},
    {U"mlle"},  {U"mme"}, {U"msgr"},  {U"sfc"},        {U"invt"},  {U"elec"}, {U"natl"},
    {U"mfg"},   {U"mtg"}, {U"dept"},  {U"vs"},         {U"alex"},  {U"wm"},   {U"jos"},
    {U"cie"},   {U"cf"},  {U"treas"}, {U"ph"}};

// Abbreviations only where a number follows: "no. 5".
constexpr std::u32string_view kNumbered[] = {U"ca",  U"fig", U"figs", U"prop", U"no",
                                             U"nos", U"art", U"bldg", U"pp",   U"op"};

// An acronym before one of these ends a sentence: pronouns, determiners, prepositions.
constexpr std::u32string_view kSentenceOpeners[] = {
    U"About", U"According", U"Additionally", U"After", U"An",    U"A",       U"As",   U"At",
    U"But",   U"Earlier",   U"He",           U"Her",   U"Here",  U"However", U"If",   U"In",
    U"It",    U"Last",      U"Many",         U"More",  U"Mr.",   U"Ms.",     U"Now",  U"Once",
    U"One",   U"Other",     U"Our",          U"She",   U"Since", U"So",      U"Some", U"Such",
    U"That",  U"The",       U"Their",        U"Then",  U"There", U"These",   U"They", U"This",
    U"We",    U"When",      U"While",        U"What",  U"Yet",   U"You"};

template <std::size_t n>
bool contains(const Abbreviation (&table)[n], const Text& text, std::size_t at, std::size_t count) {
  return std::any_of(std::begin(table), std::end(table), [&](const Abbreviation& entry) {
    if (entry.word.size() != count || !literal(text, at, entry.word)) return false;
    return !entry.capital_only || text[at] <= 'Z';
  });
}

bool is_numbered(const Text& text, std::size_t at, std::size_t count) {
  return std::any_of(std::begin(kNumbered), std::end(kNumbered), [&](std::u32string_view entry) {
    return entry.size() == count && literal(text, at, entry) > 0;
  });
}

// Length of the abbreviation at `at` including its period, or 0.
template <std::size_t n>
std::size_t abbreviation_length(const Abbreviation (&table)[n], const Text& text, std::size_t at) {
  const std::size_t end = run_end(text, at, ascii_alpha);
  if (end == at || text[end] != '.' || !contains(table, text, at, end - at)) return 0;
  return end + 1 - at;
}

std::size_t ending_length(const Text& text, std::size_t at) {
  for (const std::u32string_view degree : {U"ph.d.", U"ed.d."}) {
    if (literal(text, at, degree)) return degree.size();
  }
  return abbreviation_length(kEnding, text, at);
}

// What a sentence end looks like: two blanks, or a blank before a capital or a tag. Its length, or
// 0.
std::size_t sentence_end(const Text& text, std::size_t at) {
  if (!space_or_newline(text[at])) return 0;
  const char32_t next = text[at + 1];
  if (next == kEnd) return 0;
  if (space_or_newline(next) || is_upper(next)) return 2;
  const std::size_t tag = sgml_tag(text, at + 1).total;
  return tag > 0 ? 1 + tag : 0;
}

std::size_t opener_length(const Text& text, std::size_t at) {
  for (const std::u32string_view word : kSentenceOpeners) {
    if (text.piece(at, word.size()) == word && space_or_newline(text[at + word.size()])) {
      return word.size() + 1;
    }
  }
  const std::size_t tag = sgml_tag(text, at).total;
  return tag > 0 && space_or_newline(text[at + tag]) ? tag + 1 : 0;
}

// "non-U.S", "Canada-U.S", "U.S.-U.K": initials joined to a country.
std::size_t country_initials_length(const Text& text, std::size_t at) {
  if (!one_of(lower(text[at]), U"csekjnu")) return 0;  // the first letters below
  for (const std::u32string_view known : {U"canada-u.s", U"sino-u.s", U"korean-u.s", U"eu-u.s",
                                          U"japan-u.s", U"non-u.s", U"u.s.-u.k", U"u.s.-u.s.s.r"}) {
    if (const std::size_t length = literal(text, at, known)) return length;
  }
  return 0;
}

// Initials with the period behind them; 0 if there are none.
std::size_t acronym_length(const Text& text, std::size_t at) {
  if (const std::size_t country = country_initials_length(text, at)) {
    if (text[at + country] == '.') return country + 1;
  }
  if (!ascii_alpha(text[at])) return 0;
  std::size_t end = at + 1;
  std::size_t best = text[end] == '.' ? 2 : 0;
  while (text[end] == '.' && ascii_alpha(text[end + 1])) {
    end += 2;
    if (text[end] == '.') best = end + 1 - at;
  }
  return best;
}

}  // namespace

Match acronym_at_sentence_end(const Text& text, std::size_t at) {
  const std::size_t length = acronym_length(text, at);
  if (length == 0) return {};
  const std::size_t next = run_end(text, at + length, space_or_newline);
  const std::size_t opener = next > at + length ? opener_length(text, next) : 0;
  if (opener == 0) return {};
  const std::size_t total = next + opener - at;
  // One letter is no acronym here: the period ends the sentence.
  if (length == 2) return {1, total, Form::kAsIs};
  return {length, total, Form::kSplitPeriod};
}

Match abbreviation_before_number(const Text& text, std::size_t at) {
  const std::size_t end = run_end(text, at, ascii_alpha);
  if (text[end] != '.') return {};
  const bool known = is_numbered(text, at, end - at);
  const std::size_t gap = space_or_newline(text[end + 1]) ? 1 : 0;
  if (!known || !digit(text[end + 1 + gap])) return {};
  return {end + 1 - at, end + 2 + gap - at, Form::kAsIs};
}

Match company_before_limited(const Text& text, std::size_t at) {
  for (const std::u32string_view company : {U"pte.", U"pty.", U"co."}) {
    const std::size_t length = literal(text, at, company);
    if (length == 0 || !space(text[at + length])) continue;
    if (literal(text, at + length + 1, U"ltd") || literal(text, at + length + 1, U"lim")) {
      return {length, length + 4, Form::kAsIs};
    }
  }
  return {};
}

Match ending_abbreviation(const Text& text, std::size_t at) {
  const std::size_t length = ending_length(text, at);
  if (length == 0) return {};
  if (const std::size_t context = sentence_end(text, at + length)) {
    return {length, length + context, Form::kSplitPeriod};
  }
  // At the very end of the text, where two more characters cannot follow, the sentence ends too.
  if (text[at + length + 1] == kEnd) return {length, length, Form::kSplitPeriod};
  return {length, length + 2, Form::kAsIs};
}

Match leading_abbreviation(const Text& text, std::size_t at) {
  return whole(std::max(abbreviation_length(kLeading, text, at), acronym_length(text, at)));
}

bool is_abbreviation(const Text& text, std::size_t at, std::size_t letters) {
  return contains(kEnding, text, at, letters) || contains(kLeading, text, at, letters) ||
         is_numbered(text, at, letters);
}

Match acronym_without_period(const Text& text, std::size_t at) {
  const std::size_t length = country_initials_length(text, at);
  if (length == 0 || !space_or_newline(text[at + length])) return {};
  return {length, length + 1, Form::kAsIs};
}

}  // namespace unimo::eval::ptb
