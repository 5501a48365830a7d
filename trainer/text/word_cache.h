// Remembers the ids of short words, which is nearly all of natural text. Of fixed size: a new word
// takes the place of the one that lies there. Belongs to one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "trainer/text/tokenizer.h"

namespace unimo::trainer {

// Up to 16 bytes, filled with zeros, and their number, so that comparing needs no loop.
struct ShortWord {
  static constexpr std::size_t kLongest = 16;

  std::uint64_t first = 0, last = 0;
  std::uint8_t length = 0;

  // `word` has 1 to 16 bytes. `readable` bytes may be read from its beginning on: with 16 there is
  // no loop.
  static ShortWord of(std::string_view word, std::size_t readable) {
    ShortWord key;
    key.length = static_cast<std::uint8_t>(word.size());
    if (readable >= kLongest) {
      std::memcpy(&key.first, word.data(), 8);
      std::memcpy(&key.last, word.data() + 8, 8);
      const std::size_t size = word.size();
      const std::uint64_t part = (std::uint64_t{1} << (size % 8 * 8)) - 1;
      key.first &= size >= 8 ? ~std::uint64_t{0} : part;
      key.last &= size == 16 ? ~std::uint64_t{0} : (size > 8 ? part : 0);
      return key;
    }
    std::array<char, kLongest> bytes{};
    std::memcpy(bytes.data(), word.data(), word.size());
    std::memcpy(&key.first, bytes.data(), 8);
    std::memcpy(&key.last, bytes.data() + 8, 8);
    return key;
  }
  static ShortWord of(std::string_view word) { return of(word, word.size()); }

  std::uint64_t hash() const {
    std::uint64_t mixed = (first ^ (last * 0xD6E8FEB86659FD93ULL)) * 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ (mixed >> 29) ^ length) * 0xBF58476D1CE4E5B9ULL;
    return mixed >> 24;
  }
  bool operator==(const ShortWord&) const = default;
};

class WordCache {
 public:
  static constexpr std::size_t kMostIds = 3;

  struct alignas(32) Entry {
    std::uint64_t first = 0, last = 0;  // of a ShortWord
    std::array<TokenId, kMostIds> ids{};
    std::uint8_t length = 0;  // 0: empty
    std::uint8_t count = 0;

    bool is(const ShortWord& word) const {
      return first == word.first && last == word.last && length == word.length;
    }
  };
  static_assert(sizeof(Entry) == 32);

  explicit WordCache(std::size_t entries_log2 = 15) : entries_(std::size_t{1} << entries_log2) {}

  // The entry of a word, or null.
  const Entry* find(const ShortWord& word) const {
    const std::size_t place = place_of(word);
    if (entries_[place].is(word)) return &entries_[place];
    if (entries_[place ^ 1].is(word)) return &entries_[place ^ 1];
    return nullptr;
  }

  // Remembers up to kMostIds ids of a word that is not there.
  void add(const ShortWord& word, std::span<const TokenId> ids) {
    const std::size_t place = place_of(word);
    // Both places lie in one cache line; what is replaced moves to the second before it goes.
    entries_[place ^ 1] = entries_[place];
    Entry& entry = entries_[place];
    entry = {word.first, word.last, {}, word.length, static_cast<std::uint8_t>(ids.size())};
    std::copy(ids.begin(), ids.end(), entry.ids.begin());
  }

 private:
  std::size_t place_of(const ShortWord& word) const {
    return static_cast<std::size_t>(word.hash()) & (entries_.size() - 1);
  }
  std::vector<Entry> entries_;
};

}  // namespace unimo::trainer
