// The merges of a byte-pair vocabulary: two neighbouring pieces to their rank and the piece they
// make.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace unimo::trainer {

struct Merge {
  std::uint32_t rank = 0xFFFFFFFF;  // lower goes first; this value: no merge
  std::uint32_t piece = 0;
};

// Open addressing with at least half of the places free, so that the usual answer, no, comes at
// once.
class PairTable {
 public:
  explicit PairTable(std::size_t merges);

  // False when the pair is there already.
  bool add(std::uint32_t left, std::uint32_t right, Merge merge);

  Merge find(std::uint32_t left, std::uint32_t right) const {
    const std::uint64_t key = key_of(left, right);
    for (std::size_t i = place_of(key);; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return slots_[i].merge;
      if (slots_[i].key == kEmpty) return {};
    }
  }

 private:
  static constexpr std::uint64_t kEmpty = ~0ULL;
  struct Slot {
    std::uint64_t key = kEmpty;
    Merge merge;
  };
  static std::uint64_t key_of(std::uint32_t left, std::uint32_t right) {
    return (std::uint64_t{left} << 32) | right;
  }
  std::size_t place_of(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> 32) & mask_;
  }
  std::size_t mask_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace unimo::trainer
