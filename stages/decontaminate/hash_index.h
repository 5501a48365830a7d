// Finds 64-bit hashes that differ from a given one in few bits, without looking at all of them.
//
// Multi-index hashing (Norouzi, Punjani, Fleet: Fast search in Hamming space with multi-index
// hashing, CVPR 2012): cut into four parts of 16 bits, hashes that differ in at most 11 bits have a
// part that differs in at most 2; so each part has a table, and the 137 entries near the wanted one
// are looked at. 24 bytes a hash. add* then build, once; then any number of threads may find.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace unimo::stages {

class HashIndex {
 public:
  static constexpr int kMaxDistance = 11;

  // Hashes are numbered from 0 in the order of adding; at most 2^32.
  void add(std::uint64_t hash) { hashes_.push_back(hash); }
  void build();
  std::size_t size() const { return hashes_.size(); }

  // use(number, distance) for each hash within `distance` (at most kMaxDistance) bits, once or
  // more often, in no useful order.
  template <class Use>
  void find(std::uint64_t hash, int distance, const Use& use) const {
    const int part_distance = distance / kParts;
    for (int part = 0; part < kParts; ++part) {
      const auto wanted = part_of(hash, part);
      for (const std::uint16_t change : changes_) {
        if (std::popcount(change) > part_distance) break;
        const auto& starts = starts_[static_cast<std::size_t>(part)];
        const auto entry = static_cast<std::size_t>(wanted ^ change);
        for (std::uint32_t i = starts[entry]; i < starts[entry + 1]; ++i) {
          const std::uint32_t number = numbers_[static_cast<std::size_t>(part)][i];
          const int found = std::popcount(hashes_[number] ^ hash);
          if (found <= distance) use(number, found);
        }
      }
    }
  }

 private:
  static constexpr int kParts = 4;
  static std::uint16_t part_of(std::uint64_t hash, int part) {
    return static_cast<std::uint16_t>(hash >> (16 * part));
  }
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint16_t> changes_;  // those of up to two bits, fewest first
  std::array<std::vector<std::uint32_t>, kParts> starts_, numbers_;  // by part: counting sort
};

}  // namespace unimo::stages
