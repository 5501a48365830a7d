// The normalisation of answers. Two forms of one code: most answers are ASCII, where a character is
// a byte; the others are decoded first.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "evaluators/unicode.h"
#include "evaluators/vqa_accuracy.h"

namespace unimo::eval {

namespace {

constexpr std::string_view kPunctuation = ";/[]\"{}()=+\\_-><@`,?!";

// The place in kPunctuation plus one, 0 for everything else.
constexpr std::array<std::uint8_t, 128> kPunctuationNumber = [] {
  std::array<std::uint8_t, 128> numbers{};
  for (std::size_t i = 0; i < kPunctuation.size(); ++i) {
    numbers[static_cast<unsigned char>(kPunctuation[i])] = static_cast<std::uint8_t>(i + 1);
  }
  return numbers;
}();

// The official program hands a flag of its pattern on as the greatest number of replacements.
constexpr int kMostPeriods = 32;

struct Replacement {
  std::string_view from;
  std::string_view to;
};

constexpr Replacement kNumbers[] = {{"none", "0"},  {"zero", "0"},  {"one", "1"},  {"two", "2"},
                                    {"three", "3"}, {"four", "4"},  {"five", "5"}, {"six", "6"},
                                    {"seven", "7"}, {"eight", "8"}, {"nine", "9"}, {"ten", "10"}};

// The official table in ascending order, without its entries that change nothing ("let's") or hold
// a capital, which no lower-cased word matches ("Ive"). Its oddities stand as they are.
constexpr Replacement kContractions[] = {{"'ow'sat", "'ow's'at"},
                                         {"'ows'at", "'ow's'at"},
                                         {"aint", "ain't"},
                                         {"arent", "aren't"},
                                         {"cant", "can't"},
                                         {"couldn'tve", "couldn't've"},
                                         {"couldnt", "couldn't"},
                                         {"couldnt've", "couldn't've"},
                                         {"couldve", "could've"},
                                         {"didnt", "didn't"},
                                         {"doesnt", "doesn't"},
                                         {"dont", "don't"},
                                         {"hadn'tve", "hadn't've"},
                                         {"hadnt", "hadn't"},
                                         {"hadnt've", "hadn't've"},
                                         {"hasnt", "hasn't"},
                                         {"havent", "haven't"},
                                         {"he'dve", "he'd've"},
                                         {"hed", "he'd"},
                                         {"hed've", "he'd've"},
                                         {"hes", "he's"},
                                         {"howd", "how'd"},
                                         {"howll", "how'll"},
                                         {"hows", "how's"},
                                         {"isnt", "isn't"},
                                         {"it'dve", "it'd've"},
                                         {"itd", "it'd"},
                                         {"itd've", "it'd've"},
                                         {"itll", "it'll"},
                                         {"maam", "ma'am"},
                                         {"mightn'tve", "mightn't've"},
                                         {"mightnt", "mightn't"},
                                         {"mightnt've", "mightn't've"},
                                         {"mightve", "might've"},
                                         {"mustnt", "mustn't"},
                                         {"mustve", "must've"},
                                         {"neednt", "needn't"},
                                         {"notve", "not've"},
                                         {"oclock", "o'clock"},
                                         {"oughtnt", "oughtn't"},
                                         {"ow's'at", "'ow's'at"},
                                         {"shant", "shan't"},
                                         {"she'dve", "she'd've"},
                                         {"shed've", "she'd've"},
                                         {"shouldn'tve", "shouldn't've"},
                                         {"shouldnt", "shouldn't"},
                                         {"shouldnt've", "shouldn't've"},
                                         {"shouldve", "should've"},
                                         {"somebody'd", "somebodyd"},
                                         {"somebody'dve", "somebody'd've"},
                                         {"somebodyd've", "somebody'd've"},
                                         {"somebodyll", "somebody'll"},
                                         {"somebodys", "somebody's"},
                                         {"someone'dve", "someone'd've"},
                                         {"someoned", "someone'd"},
                                         {"someoned've", "someone'd've"},
                                         {"someonell", "someone'll"},
                                         {"someones", "someone's"},
                                         {"something'dve", "something'd've"},
                                         {"somethingd", "something'd"},
                                         {"somethingd've", "something'd've"},
                                         {"somethingll", "something'll"},
                                         {"thats", "that's"},
                                         {"there'dve", "there'd've"},
                                         {"thered", "there'd"},
                                         {"thered've", "there'd've"},
                                         {"therere", "there're"},
                                         {"theres", "there's"},
                                         {"they'dve", "they'd've"},
                                         {"theyd", "they'd"},
                                         {"theyd've", "they'd've"},
                                         {"theyll", "they'll"},
                                         {"theyre", "they're"},
                                         {"theyve", "they've"},
                                         {"twas", "'twas"},
                                         {"wasnt", "wasn't"},
                                         {"we'dve", "we'd've"},
                                         {"wed've", "we'd've"},
                                         {"werent", "weren't"},
                                         {"weve", "we've"},
                                         {"whatll", "what'll"},
                                         {"whatre", "what're"},
                                         {"whats", "what's"},
                                         {"whatve", "what've"},
                                         {"whens", "when's"},
                                         {"whered", "where'd"},
                                         {"wheres", "where's"},
                                         {"whereve", "where've"},
                                         {"who'dve", "who'd've"},
                                         {"whod", "who'd"},
                                         {"whod've", "who'd've"},
                                         {"wholl", "who'll"},
                                         {"whos", "who's"},
                                         {"whove", "who've"},
                                         {"whyll", "why'll"},
                                         {"whyre", "why're"},
                                         {"whys", "why's"},
                                         {"wont", "won't"},
                                         {"wouldn'tve", "wouldn't've"},
                                         {"wouldnt", "wouldn't"},
                                         {"wouldnt've", "wouldn't've"},
                                         {"wouldve", "would've"},
                                         {"y'all'dve", "y'all'd've"},
                                         {"y'alld've", "y'all'd've"},
                                         {"y'allll", "y'all'll"},
                                         {"yall", "y'all"},
                                         {"yall'd've", "y'all'd've"},
                                         {"yall'll", "y'all'll"},
                                         {"you'dve", "you'd've"},
                                         {"youd", "you'd"},
                                         {"youd've", "you'd've"},
                                         {"youll", "you'll"},
                                         {"youre", "you're"},
                                         {"youve", "you've"}};

char32_t code(char c) { return static_cast<unsigned char>(c); }
char32_t code(char32_t c) { return c; }

std::size_t punctuation_number(char32_t c) { return c < 0x80 ? kPunctuationNumber[c] : 0; }

// What the text has next to blanks: bit i for the punctuation number i.
struct Surroundings {
  std::uint32_t at_blank = 0;
  bool any = false;
  bool thousands = false;  // a digit, a comma, a digit
};

template <class Text>
Surroundings survey(const Text& text) {
  Surroundings found;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t number = punctuation_number(code(text[i]));
    if (number == 0) continue;
    found.any = true;
    const bool inner = i > 0 && i + 1 < text.size();
    if ((i > 0 && text[i - 1] == ' ') || (i + 1 < text.size() && text[i + 1] == ' ')) {
      found.at_blank |= std::uint32_t{1} << number;
    }
    if (inner && text[i] == ',' && is_digit(code(text[i - 1])) && is_digit(code(text[i + 1]))) {
      found.thousands = true;
    }
  }
  return found;
}

// A mark vanishes if it stands next to a blank anywhere in the text, or if the text has a number
// with a comma; otherwise it becomes a blank.
template <class Text>
void replace_marks(Text& text) {
  const Surroundings found = survey(text);
  if (!found.any) return;
  auto out = text.begin();
  for (const auto c : text) {
    const std::size_t number = punctuation_number(code(c));
    if (number == 0) {
      *out++ = c;
    } else if (!found.thousands && (found.at_blank >> number & 1) == 0) {
      *out++ = ' ';
    }
  }
  text.erase(out, text.end());
}

// A period stays before a digit. The look-behind of the official pattern is mistyped and excludes
// nothing.
template <class Text>
void drop_periods(Text& text) {
  int left = kMostPeriods;
  auto out = text.begin();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool before_digit = i + 1 < text.size() && is_digit(code(text[i + 1]));
    if (text[i] == '.' && !before_digit && left > 0) {
      --left;
    } else {
      *out++ = text[i];
    }
  }
  text.erase(out, text.end());
}

template <class Text>
Text trimmed(Text text) {
  std::replace(text.begin(), text.end(), typename Text::value_type{'\n'}, {' '});
  std::replace(text.begin(), text.end(), typename Text::value_type{'\t'}, {' '});
  const auto is_space = [](auto c) { return is_python_space(code(c)); };
  const auto end = std::find_if_not(text.rbegin(), text.rend(), is_space).base();
  text.erase(end, text.end());
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_space));
  return text;
}

std::string_view numeral(std::string_view word) {
  const auto* found = std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                   [&](const Replacement& entry) { return entry.from == word; });
  return found == std::end(kNumbers) ? word : found->to;
}

std::string_view expanded(std::string_view word) {
  const auto* found =
      std::lower_bound(std::begin(kContractions), std::end(kContractions), word,
                       [](const Replacement& entry, std::string_view w) { return entry.from < w; });
  return found != std::end(kContractions) && found->from == word ? found->to : word;
}

bool is_article(std::string_view word) { return word == "a" || word == "an" || word == "the"; }

void append_word(std::string& out, std::string_view word) {
  word = numeral(word);
  if (is_article(word)) return;
  if (!out.empty()) out.push_back(' ');
  out += expanded(word);
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

// Not for bytes of longer characters, some of which look like Latin-1's blanks.
bool is_ascii_space(char c) { return code(c) < 0x80 && is_python_space(code(c)); }

// Of a lower-cased ASCII text, or of UTF-8 whose only white space is blanks.
std::string joined_words(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && !is_ascii_space(text[end])) ++end;
    if (end > begin) append_word(out, text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string vqa_trimmed(std::string_view answer) {
  if (is_ascii(answer)) return trimmed(std::string(answer));
  return encode_utf8(trimmed(decode_utf8(answer)));
}

std::string vqa_punctuation(std::string_view answer) {
  if (is_ascii(answer)) {
    std::string text(answer);
    replace_marks(text);
    drop_periods(text);
    return text;
  }
  std::u32string text = decode_utf8(answer);
  replace_marks(text);
  drop_periods(text);
  return encode_utf8(text);
}

std::string vqa_normalized(std::string_view answer) {
  std::string text = vqa_punctuation(answer);
  if (is_ascii(text)) {
    for (char& c : text) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return joined_words(text);
  }
  std::u32string lower = python_lower(decode_utf8(text));
  std::replace_if(lower.begin(), lower.end(), is_python_space, U' ');
  return joined_words(encode_utf8(lower));
}

}  // namespace unimo::eval
