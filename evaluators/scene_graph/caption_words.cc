#include "evaluators/scene_graph/caption_words.h"

#include <algorithm>

#include "evaluators/unicode.h"

namespace unimo::eval {

namespace {

enum class CharKind { kLetter, kHyphen, kApostrophe, kAnd, kComma, kStop, kSpace, kSign };

struct Char {
  CharKind kind = CharKind::kSign;
  std::size_t bytes = 1;
};

bool is_ascii_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

CharKind ascii_kind(char c) {
  if (is_ascii_letter_or_digit(c)) return CharKind::kLetter;
  switch (c) {
    case '-': return CharKind::kHyphen;
    case '\'': return CharKind::kApostrophe;
    case '&': return CharKind::kAnd;
    case ' ':
    case '\t':
    case '\r':
    case '\n': return CharKind::kSpace;
    case ',':
    case '/':
    case '(':
    case ')': return CharKind::kComma;
    case '.':
    case '!':
    case '?':
    case ';':
    case ':': return CharKind::kStop;
    default: return CharKind::kSign;
  }
}

// Unicode's spaces, and its general punctuation U+2010 to U+2027, told by their bytes; all other
// characters outside ASCII, and bytes that are no UTF-8, are letters.
Char char_at(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (static_cast<unsigned char>(c) < 0x80) return {ascii_kind(c), 1};
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("\u00A0") || rest.starts_with("\u0085")) return {CharKind::kSpace, 2};
  if (rest.starts_with("\u3000") || rest.starts_with("\u1680")) return {CharKind::kSpace, 3};
  if (rest.starts_with("\u2019")) return {CharKind::kApostrophe, 3};
  if (rest.starts_with("\xE2\x80") && rest.size() > 2 &&
      static_cast<unsigned char>(rest[2]) <= 0xAF) {
    return {static_cast<unsigned char>(rest[2]) <= 0x8A ? CharKind::kSpace : CharKind::kSign, 3};
  }
  return {CharKind::kLetter, 1};
}

std::string lower_case(std::string_view word) {
  std::string lower(word);
  bool ascii = true;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (ascii) return lower;
  std::u32string points = to_lower(decode_utf8(word));
  std::replace(points.begin(), points.end(), U'\u2019', U'\'');
  return encode_utf8(points);
}

class WordReader {
 public:
  WordReader(std::string_view caption, std::size_t limit) : text_(caption), limit_(limit) {}

  std::vector<CaptionWord> read() {
    std::size_t at = 0;
    while (at < text_.size() && words_.size() < limit_) {
      const Char c = char_at(text_, at);
      if (c.kind == CharKind::kLetter) {
        at = read_word(at);
        continue;
      }
      if (c.kind == CharKind::kAnd) add(CaptionWord::Kind::kWord, at, at + c.bytes);
      if (c.kind == CharKind::kComma) add(CaptionWord::Kind::kComma, at, at + c.bytes);
      if (c.kind == CharKind::kStop) add(CaptionWord::Kind::kStop, at, at + c.bytes);
      if (c.kind == CharKind::kSign || c.kind == CharKind::kHyphen) mark_ = true;
      at += c.kind == CharKind::kApostrophe ? read_free_apostrophe(at, c.bytes) : c.bytes;
    }
    return std::move(words_);
  }

 private:
  void add(CaptionWord::Kind kind, std::size_t begin, std::size_t end) {
    words_.push_back({kind, {begin, end}, lower_case(text_.substr(begin, end - begin)), mark_});
    mark_ = false;
  }

  bool is_letter_at(std::size_t at) const {
    return at < text_.size() && char_at(text_, at).kind == CharKind::kLetter;
  }

  // The apostrophe after the s of a plural, "the boys' hats", or a loose one, "the man 's hat".
  // Returns how many bytes belong to it.
  std::size_t read_free_apostrophe(std::size_t at, std::size_t bytes) {
    const std::size_t end = at + bytes;
    const bool loose =
        !words_.empty() && end < text_.size() && text_[end] == 's' && !is_letter_at(end + 1);
    if (loose) {
      add(CaptionWord::Kind::kOwner, at, end + 1);
      return bytes + 1;
    }
    mark_ = true;
    const bool after_s =
        !words_.empty() && words_.back().span.end == at && words_.back().text.ends_with('s');
    if (after_s && end < text_.size() && text_[end] == ' ') add(CaptionWord::Kind::kOwner, at, end);
    return bytes;
  }

  // Returns where the word ends. "'s" becomes a word of its own.
  std::size_t read_word(std::size_t begin) {
    std::size_t at = begin;
    std::size_t apostrophe = 0;
    while (at < text_.size()) {
      const Char c = char_at(text_, at);
      const bool joins = c.kind == CharKind::kHyphen || c.kind == CharKind::kApostrophe;
      if (c.kind != CharKind::kLetter && !(joins && is_letter_at(at + c.bytes))) break;
      if (c.kind == CharKind::kApostrophe) apostrophe = at;
      at += c.bytes;
    }
    const std::string ending =
        apostrophe > begin ? lower_case(text_.substr(apostrophe, at - apostrophe)) : "";
    if (ending != "'s") {
      add(CaptionWord::Kind::kWord, begin, at);
      return at;
    }
    add(CaptionWord::Kind::kWord, begin, apostrophe);
    if (words_.size() < limit_) add(CaptionWord::Kind::kOwner, apostrophe, at);
    return at;
  }

  std::string_view text_;
  std::size_t limit_;
  std::vector<CaptionWord> words_;
  bool mark_ = false;  // a sign came since the last word
};

}  // namespace

std::vector<CaptionWord> caption_words(std::string_view caption, std::size_t limit) {
  return WordReader(caption, limit).read();
}

}  // namespace unimo::eval
