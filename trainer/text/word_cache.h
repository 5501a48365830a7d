// Remembers the ids of short words, which is nearly all of natural text. Of fixed size: a new word
// pushes out the less recent of the two that may lie where it lies. Belongs to one thread; 8 MiB.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
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
  static constexpr std::size_t kMostIds = 7;

  // Half a cache line: ids of 16 bits, which is what vocabularies of byte pairs have.
  struct alignas(32) Entry {
    std::uint64_t first = 0, last = 0;  // of a ShortWord
    std::array<std::uint16_t, kMostIds> ids{};
    std::uint8_t length = 0;  // 0: empty
    std::uint8_t count = 0;

    bool is(const ShortWord& word) const {
      return first == word.first && last == word.last && length == word.length;
    }
    // Writes all kMostIds of them, of which the first `count` are the word's.
    void copy_to(TokenId* out) const {
      for (std::size_t i = 0; i < kMostIds; ++i) out[i] = ids[i];
    }
  };
  static_assert(sizeof(Entry) == 32);

  explicit WordCache(std::size_t entries_log2 = 18) : entries_(std::size_t{1} << entries_log2) {}

  // Where a word lies if it is there. Asking early for several words hides the wait for memory.
  std::size_t place_of(const ShortWord& word) const {
    const std::size_t place = static_cast<std::size_t>(word.hash()) & (entries_.size() - 1);
    __builtin_prefetch(&entries_[place]);
    return place;
  }

  // The entry of a word that lies at `place`, or null.
  const Entry* find(const ShortWord& word, std::size_t place) {
    if (entries_[place].is(word)) return &entries_[place];
    if (!entries_[place ^ 1].is(word)) return nullptr;
    // To the front, so that a rare word does not push out a frequent one.
    std::swap(entries_[place], entries_[place ^ 1]);
    return &entries_[place];
  }

  // Remembers a word that is not there, unless it has too many ids or too large ones.
  void add(const ShortWord& word, std::size_t place, std::span<const TokenId> ids) {
    if (ids.size() > kMostIds) return;
    Entry entry{.first = word.first,
                .last = word.last,
                .length = word.length,
                .count = static_cast<std::uint8_t>(ids.size())};
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] < 0 || ids[i] > 0xFFFF) return;
      entry.ids[i] = static_cast<std::uint16_t>(ids[i]);
    }
    // Both places lie in one cache line; what was at the front moves to the second before it goes.
    entries_[place ^ 1] = entries_[place];
    entries_[place] = entry;
  }

 private:
  std::vector<Entry> entries_;
};

}  // namespace unimo::trainer
