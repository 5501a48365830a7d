// Remembers the ids of short words, which is nearly all of natural text. Of fixed size: a new word
// takes the place of the one that lies there. Belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "trainer/text/tokenizer.h"

namespace unimo::trainer {

// Up to 16 bytes as two numbers and a length, so that comparing needs no loop.
struct ShortWord {
  std::uint64_t first = 0, last = 0;
  std::uint8_t length = 0;

  static constexpr std::size_t kLongest = 16;

  static ShortWord of(std::string_view word) {
    ShortWord key;
    key.length = static_cast<std::uint8_t>(word.size());
    const char* data = word.data();
    const std::size_t size = word.size();
    // The two loads overlap where they must; with the length the bytes are still told exactly.
    if (size >= 8) {
      std::memcpy(&key.first, data, 8);
      std::memcpy(&key.last, data + size - 8, 8);
    } else if (size >= 4) {
      std::uint32_t low = 0, high = 0;
      std::memcpy(&low, data, 4);
      std::memcpy(&high, data + size - 4, 4);
      key.first = low;
      key.last = high;
    } else if (size > 0) {
      key.first = static_cast<unsigned char>(data[0]);
      key.last = static_cast<unsigned char>(data[size - 1]) |
                 (static_cast<std::uint64_t>(static_cast<unsigned char>(data[size / 2])) << 8);
    }
    return key;
  }
  std::uint64_t hash() const {
    std::uint64_t mixed = (first ^ (std::uint64_t{length} << 56)) * 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ (mixed >> 32) ^ last) * 0xD6E8FEB86659FD93ULL;
    return mixed ^ (mixed >> 32);
  }
  bool operator==(const ShortWord&) const = default;
};

class WordCache {
 public:
  static constexpr std::size_t kMostIds = 3;

  struct Entry {
    ShortWord word;  // length 0: empty
    std::uint8_t count = 0;
    std::array<TokenId, kMostIds> ids{};
  };

  explicit WordCache(std::size_t entries_log2 = 15) : entries_(std::size_t{1} << entries_log2) {}

  // Where a word lies, or is to lie; it is there if `entry.word == word`.
  Entry& place(const ShortWord& word) {
    return entries_[static_cast<std::size_t>(word.hash()) & (entries_.size() - 1)];
  }

 private:
  std::vector<Entry> entries_;
};

}  // namespace unimo::trainer
