#include "evaluators/fix_tokenization.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "evaluators/ngrams.h"
#include "evaluators/unicode.h"

namespace unimo::eval {

namespace {

using Rename = std::pair<std::string_view, std::string_view>;
constexpr std::array<Rename, 6> kUpperNames = {{{"(", "-LRB-"},
                                                {")", "-RRB-"},
                                                {"[", "-LSB-"},
                                                {"]", "-RSB-"},
                                                {"{", "-LCB-"},
                                                {"}", "-RCB-"}}};
constexpr std::array<Rename, 10> kLowerNames = {{{"(", "-lrb-"},
                                                 {")", "-rrb-"},
                                                 {"[", "-lsb-"},
                                                 {"]", "-rsb-"},
                                                 {"{", "-lcb-"},
                                                 {"}", "-rcb-"},
                                                 {"[UNK]", "UNK"},
                                                 {"&", "&amp;"},
                                                 {"<", "&lt;"},
                                                 {">", "&gt;"}}};

// In the order of Python's string.punctuation: a token of several marks counts as punctuation when
// it stands in this text as a whole.
constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

struct CodeRange {
  char32_t first, last;
};
// What Python's isdigit() takes besides decimal digits: superscripts, circled digits and their like
// (Unicode 14, Numeric_Type=Digit).
constexpr std::array<CodeRange, 20> kOtherDigits = {
    {{0xB2, 0xB3},       {0xB9, 0xB9},       {0x1369, 0x1371},   {0x19DA, 0x19DA},
     {0x2070, 0x2070},   {0x2074, 0x2079},   {0x2080, 0x2089},   {0x2460, 0x2468},
     {0x2474, 0x247C},   {0x2488, 0x2490},   {0x24EA, 0x24EA},   {0x24F5, 0x24FD},
     {0x24FF, 0x24FF},   {0x2776, 0x277E},   {0x2780, 0x2788},   {0x278A, 0x2792},
     {0x10A40, 0x10A43}, {0x10E60, 0x10E68}, {0x11052, 0x1105A}, {0x1F100, 0x1F10A}}};
// What isupper() takes besides the category Lu (Unicode 14, Other_Uppercase).
constexpr std::array<CodeRange, 5> kOtherCapitals = {{{0x2160, 0x216F},
                                                      {0x24B6, 0x24CF},
                                                      {0x1F130, 0x1F149},
                                                      {0x1F150, 0x1F169},
                                                      {0x1F170, 0x1F189}}};

template <std::size_t N>
bool within(const std::array<CodeRange, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const CodeRange& range) { return c >= range.first && c <= range.last; });
}

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// The digits of a script or of ASCII alone, and commas if wanted.
bool all_digits(std::string_view text, bool commas, bool bytes) {
  const auto plain = [commas](char c) { return is_ascii_digit(c) || (commas && c == ','); };
  const auto odd = std::find_if_not(text.begin(), text.end(), plain);
  if (odd == text.end()) return true;
  if (bytes || is_ascii(*odd)) return false;
  const std::u32string rest =
      decode_utf8(text.substr(static_cast<std::size_t>(odd - text.begin())));
  return std::all_of(rest.begin(), rest.end(), [commas](char32_t c) {
    return is_digit(c) || within(kOtherDigits, c) || (commas && c == ',');
  });
}

bool is_capital(std::string_view token, bool bytes) {
  if (token.size() == 1) return token[0] >= 'A' && token[0] <= 'Z';
  if (bytes || token.empty() || token.size() > 4 || is_ascii(token[0])) return false;
  const std::u32string letters = decode_utf8(token);
  return letters.size() == 1 && (is_upper(letters[0]) || within(kOtherCapitals, letters[0]));
}

bool begins_with_punctuation(std::string_view token) {
  return kPunctuation.find(token.front()) != std::string_view::npos;
}

std::vector<std::string_view> split_at_ascii_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  std::vector<std::string_view> tokens;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) return tokens;
    const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
    tokens.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// One pass over the tokens. Each rule looks at the next one, and when it fits writes its result,
// goes on and says so; the first that fits is the only one.
class TokenFixer {
 public:
  TokenFixer(std::string_view text, TokenStyle style)
      : style_(style),
        bytes_(style == TokenStyle::kQuestion),
        in_(bytes_ ? split_at_ascii_blanks(text) : split_words(text)) {}

  std::vector<std::string> run() {
    while (at_ < in_.size()) {
      const bool after_dash = std::exchange(dash_joined_, false);
      if (renamed() || double_quote() || negation() || clitic() || single_quote() || ellipsis() ||
          grouped_number() || decimal_number() || initials() || dash()) {
        continue;
      }
      if (after_dash && !begins_with_punctuation(in_[at_])) {
        out_.back() += in_[at_++];
      } else {
        write(in_[at_], 1);
      }
    }
    return std::move(out_);
  }

 private:
  bool next_is(std::size_t ahead, std::string_view token) const {
    return at_ + ahead < in_.size() && in_[at_ + ahead] == token;
  }
  void write(std::string_view token, std::size_t used) {
    out_.emplace_back(token);
    at_ += used;
  }
  // Appends the next tokens to the one written last.
  void append(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) out_.back() += in_[i];
  }

  bool rename_by(std::span<const Rename> names) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const Rename& name) { return name.first == in_[at_]; });
    if (found == names.end()) return false;
    write(found->second, 1);
    return true;
  }
  bool renamed() {
    return style_ == TokenStyle::kCnnDailyMail ? rename_by(kUpperNames) : rename_by(kLowerNames);
  }

  bool double_quote() {
    if (!next_is(0, "\"")) return false;
    write(open_double_ ? "''" : "``", 1);
    open_double_ = !open_double_;
    return true;
  }

  bool negation() {
    if (!next_is(0, "'") || !next_is(1, "t") || out_.empty() || !out_.back().ends_with('n')) {
      return false;
    }
    out_.back().pop_back();
    write("n't", 2);
    return true;
  }

  bool clitic() {
    if (!next_is(0, "'") || !(next_is(1, "s") || next_is(1, "d") || next_is(1, "ll"))) return false;
    out_.emplace_back("'");
    append(at_ + 1, at_ + 2);
    at_ += 2;
    return true;
  }

  bool single_quote() {
    if (!next_is(0, "'")) return false;
    write(open_single_ ? "'" : "`", 1);
    open_single_ = !open_single_;
    return true;
  }

  bool ellipsis() {
    if (!next_is(0, ".") || !next_is(1, ".") || !next_is(2, ".")) return false;
    write("...", 3);
    return true;
  }

  // Whether the token written last is digits and commas. What was seen is not looked at again: a
  // line of nothing but "1 , 1 , 1" grows one long token.
  bool wrote_digits() {
    const std::size_t seen = digits_of_ == out_.size() ? digit_bytes_ : 0;
    if (!all_digits(std::string_view(out_.back()).substr(seen), true, bytes_)) return false;
    digits_of_ = out_.size();
    digit_bytes_ = out_.back().size();
    return true;
  }

  bool grouped_number() {
    if (!next_is(0, ",") || out_.empty() || at_ + 1 == in_.size()) return false;
    if (!all_digits(in_[at_ + 1], true, bytes_) || !wrote_digits()) return false;
    append(at_, at_ + 2);
    at_ += 2;
    return true;
  }

  bool decimal_number() {
    if (!next_is(0, ".") || out_.empty() || at_ + 1 == in_.size()) return false;
    if (!all_digits(in_[at_ + 1], false, bytes_) || !all_digits(out_.back(), false, bytes_)) {
      return false;
    }
    append(at_, at_ + 2);
    at_ += 2;
    return true;
  }

  // The scripts mean to join "U . S . A .", but look for the third letter one token too far, and go
  // on two tokens whatever they joined.
  bool initials() {
    if (!next_is(0, ".") || out_.empty() || !is_capital(out_.back(), bytes_) || !next_is(2, ".") ||
        !is_capital(in_[at_ + 1], bytes_)) {
      return false;
    }
    std::size_t end = at_ + 3;
    while (end + 2 < in_.size() && is_capital(in_[end + 1], bytes_) && in_[end + 2] == ".")
      end += 2;
    append(at_, end);
    at_ += 2;
    return true;
  }

  bool dash() {
    if (!next_is(0, "-")) return false;
    if (next_is(1, "-")) {
      write("--", 2);
      return true;
    }
    const bool between = at_ > 0 && at_ + 1 < in_.size();
    if (between && kPunctuation.find(out_.back()) == std::string_view::npos &&
        !begins_with_punctuation(in_[at_ + 1])) {
      out_.back() += '-';
      ++at_;
      dash_joined_ = true;
    } else {
      write("-", 1);
    }
    return true;
  }

  const TokenStyle style_;
  const bool bytes_;
  const std::vector<std::string_view> in_;
  std::vector<std::string> out_;
  std::size_t at_ = 0;
  bool open_double_ = false, open_single_ = false;
  bool dash_joined_ = false;     // the step before joined a dash, so that a word follows it
  std::size_t digits_of_ = 0;    // number of tokens when the last was found to be digits
  std::size_t digit_bytes_ = 0;  // so many bytes of it
};

}  // namespace

std::string fix_tokenization(std::string_view text, TokenStyle style) {
  const std::vector<std::string> tokens = TokenFixer(text, style).run();
  std::string fixed;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0) fixed += ' ';
    fixed += tokens[i];  // may be empty: the n of "n ' t" moves over
  }
  return fixed;
}

}  // namespace unimo::eval
