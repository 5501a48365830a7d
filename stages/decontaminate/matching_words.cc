#include "stages/decontaminate/matching_words.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <string>

namespace unimo::stages {

namespace {

enum class Sign { kLetter, kDigit, kApostrophe, kGap };

struct Read {
  Sign sign = Sign::kGap;
  std::size_t bytes = 1;
};

// What stands at `at`.
Read read_sign(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at);
  if ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z')) return {Sign::kLetter};
  if ((first >= '0' && first <= '9') || first == '#') return {Sign::kDigit};
  if (first == '\'') return {Sign::kApostrophe};
  if (first < 0x80) return {Sign::kGap};
  if (first == 0xE2 && (byte(at + 1) == 0x80 || byte(at + 1) == 0x81)) {  // U+2000 to U+207F
    const bool right_quote = byte(at + 1) == 0x80 && byte(at + 2) == 0x99;
    return {right_quote ? Sign::kApostrophe : Sign::kGap, 3};
  }
  // U+00A0 to U+00BF: no-break space, guillemets; of the letters among them only ª º µ.
  if (first == 0xC2 && byte(at + 1) >= 0xA0 && byte(at + 1) <= 0xBF) return {Sign::kGap, 2};
  return {Sign::kLetter};
}

bool is_clitic(std::string_view normal, bool apostrophe_first) {
  if (normal == "nt") return !apostrophe_first;
  constexpr std::array<std::string_view, 7> kAfterApostrophe{"s", "re", "ve", "ll", "d", "m", "t"};
  return apostrophe_first && std::find(kAfterApostrophe.begin(), kAfterApostrophe.end(), normal) !=
                                 kAfterApostrophe.end();
}

bool is_bracket(std::string_view normal) {
  constexpr std::array<std::string_view, 6> kNames{"lrb", "rrb", "lsb", "rsb", "lcb", "rcb"};
  return std::find(kNames.begin(), kNames.end(), normal) != kNames.end();
}

class Reader {
 public:
  Reader(std::string_view text, std::vector<MatchingWord>& words) : text_(text), words_(words) {}

  void run() {
    words_.clear();
    std::size_t at = 0;
    while (at < text_.size()) {
      const Read read = read_sign(text_, at);
      const std::size_t end = std::min(at + read.bytes, text_.size());
      if (read.sign == Sign::kGap) {
        finish(at);
      } else {
        take(read.sign, at, end);
      }
      at = end;
    }
    finish(text_.size());
  }

 private:
  void take(Sign sign, std::size_t at, std::size_t end) {
    if (!in_word_) {
      in_word_ = true;
      begin_ = at;
      normal_.clear();
      has_letter_ = has_apostrophe_ = false;
      apostrophe_first_ = sign == Sign::kApostrophe;
    }
    if (sign == Sign::kApostrophe) {
      has_apostrophe_ = true;
    } else if (sign == Sign::kDigit) {
      normal_ += '#';
    } else {
      has_letter_ = true;
      for (std::size_t i = at; i < end; ++i) {
        const char c = text_[i];
        normal_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      }
    }
  }

  void finish(std::size_t end) {
    if (!in_word_) return;
    in_word_ = false;
    if (normal_.empty()) return;
    const bool in_dashes =
        begin_ > 0 && text_[begin_ - 1] == '-' && end < text_.size() && text_[end] == '-';
    if (in_dashes && is_bracket(normal_)) return;
    if (has_apostrophe_ && !words_.empty() && is_clitic(normal_, apostrophe_first_) &&
        text_.substr(words_.back().end, begin_ - words_.back().end) == " ") {
      normal_.insert(0, last_);
      begin_ = words_.back().begin;
      has_letter_ = true;
      words_.pop_back();
    }
    words_.push_back({begin_, end, XXH3_64bits(normal_.data(), normal_.size()), has_letter_});
    std::swap(last_, normal_);
  }

  std::string_view text_;
  std::vector<MatchingWord>& words_;
  std::string normal_, last_;  // of the word being read, of the one before
  std::size_t begin_ = 0;
  bool in_word_ = false, has_letter_ = false, has_apostrophe_ = false, apostrophe_first_ = false;
};

}  // namespace

void matching_words(std::string_view text, std::vector<MatchingWord>& words) {
  Reader(text, words).run();
}

}  // namespace unimo::stages
