// Words of a text, and numbers for them.
//
// A word is a run of ASCII letters and digits, folded to lower case, and of bytes beyond ASCII,
// which stay as they are; all else parts words. One thread fills a table; when it is full, calls of
// `find` may overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unimo::stages {

// 0 where a byte parts words, else what it becomes.
constexpr char word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 'A' && byte <= 'Z') return static_cast<char>(c - 'A' + 'a');
  const bool part = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
  return part ? c : '\0';
}

// Calls `use(std::string_view)` for each word in order; `scratch` holds the word at hand.
template <class Use>
void for_each_word(std::string_view text, std::string& scratch, const Use& use) {
  scratch.clear();
  for (const char c : text) {
    if (const char folded = word_byte(c); folded != '\0') {
      scratch += folded;
    } else if (!scratch.empty()) {
      use(std::string_view(scratch));
      scratch.clear();
    }
  }
  if (!scratch.empty()) use(std::string_view(scratch));
  scratch.clear();
}

// Numbers from 0 in the order of first sight. A table of 10 to 20 bytes a word, and the words.
class WordTable {
 public:
  // The number of a word, a new one when it was not seen yet.
  std::uint32_t number(std::string_view word);
  std::optional<std::uint32_t> find(std::string_view word) const;
  std::size_t size() const { return ends_.size(); }

 private:
  struct Place {
    std::uint32_t hash = 0;  // part of it, to spare looks at words
    std::uint32_t number = kEmpty;
  };
  static constexpr std::uint32_t kEmpty = UINT32_MAX;
  std::size_t place_of(std::string_view word, std::uint64_t hash) const;
  std::string_view word(std::uint32_t number) const;
  void grow();

  std::vector<Place> places_;  // a power of two, at most half full
  std::vector<std::uint64_t> ends_;
  std::string words_;
};

}  // namespace unimo::stages
