#include "stages/decontaminate/hash_index.h"

namespace unimo::stages {

void HashIndex::build() {
  constexpr std::size_t kEntries = std::size_t{1} << 16;
  changes_.assign(1, 0);
  for (int i = 0; i < 16; ++i) changes_.push_back(static_cast<std::uint16_t>(1U << i));
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < i; ++j) changes_.push_back(static_cast<std::uint16_t>(1U << i | 1U << j));
  }
  for (int part = 0; part < kParts; ++part) {
    auto& starts = starts_[static_cast<std::size_t>(part)];
    auto& numbers = numbers_[static_cast<std::size_t>(part)];
    starts.assign(kEntries + 1, 0);
    for (const std::uint64_t hash : hashes_) ++starts[std::size_t{part_of(hash, part)} + 1];
    for (std::size_t i = 0; i < kEntries; ++i) starts[i + 1] += starts[i];
    numbers.resize(hashes_.size());
    std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
    for (std::size_t i = 0; i < hashes_.size(); ++i)
      numbers[next[part_of(hashes_[i], part)]++] = static_cast<std::uint32_t>(i);
  }
}

}  // namespace unimo::stages
