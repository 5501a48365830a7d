// A large set of 64-bit keys, each with the text it comes from: 12 bytes a key, and one bit
// somewhere for most questions.
//
// add* then build, once; then any number of threads may find.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace unimo::stages {

class GramTable {
 public:
  GramTable();

  // The same key may come often; a text's keys are added before those of the next text.
  void add(std::uint64_t key, std::uint32_t text);

  // A key that more than `common` texts have is left out. Returns how many those were.
  std::int64_t build(std::int64_t common);

  // The first text that has the key.
  std::optional<std::uint32_t> find(std::uint64_t key) const {
    if (filter_.empty()) return std::nullopt;
    const std::uint64_t bit = key & filter_mask_;
    if ((filter_[bit >> 6] >> (bit & 63) & 1) == 0) return std::nullopt;
    return look_up(key);
  }
  std::int64_t size() const { return size_; }

 private:
  // In halves, so that it needs no padding.
  struct Gram {
    std::uint32_t high = 0, low = 0, text = 0;
    std::uint64_t key() const { return std::uint64_t{high} << 32 | low; }
  };
  static constexpr int kBucketBits = 12;  // small buckets grow and sort with little room to spare
  std::optional<std::uint32_t> look_up(std::uint64_t key) const;

  std::vector<std::vector<Gram>> buckets_;  // by the highest bits
  std::vector<std::uint64_t> filter_;       // bits, by the lowest bits of the keys
  std::uint64_t filter_mask_ = 0;
  std::int64_t size_ = 0;
};

}  // namespace unimo::stages
