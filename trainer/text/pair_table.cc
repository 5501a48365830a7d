#include "trainer/text/pair_table.h"

#include <bit>

namespace unimo::trainer {

PairTable::PairTable(std::size_t merges)
    : mask_(std::bit_ceil(2 * merges + 2) - 1), slots_(mask_ + 1) {}

bool PairTable::add(std::uint32_t left, std::uint32_t right, Merge merge) {
  const std::uint64_t key = key_of(left, right);
  std::size_t i = place_of(key);
  while (slots_[i].key != kEmpty) {
    if (slots_[i].key == key) return false;
    i = (i + 1) & mask_;
  }
  slots_[i] = {key, merge};
  return true;
}

}  // namespace unimo::trainer
