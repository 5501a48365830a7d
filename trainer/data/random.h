// Random numbers without state: Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011), a counter-based
// generator.
//
// What is drawn is a pure function of (seed, stream, sample, epoch) and of how many numbers were
// drawn before, so a resumed, re-ordered or distributed training makes the same choices as an
// unbroken one.
//
//   Random random({.seed = seed, .stream = stream_of("masked_text"), .sample = i, .epoch = epoch});
//   if (random.uniform() < 0.15) …
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace unimo::trainer {

// The bare generator: counter and key to four words.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// A number for a name (64-bit FNV-1a), so that streams need no register.
constexpr std::uint64_t stream_of(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  return hash;
}

// One-to-one and well mixed (the finaliser of SplitMix64).
constexpr std::uint64_t mix64(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

// What a sequence of choices depends on.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;  // which choices these are; see stream_of
  std::uint64_t sample = 0;
  std::uint32_t epoch = 0;
};

// The sequence of numbers of one key. A cheap value: copy it to repeat it. Up to 2^34 words.
class Random {
 public:
  explicit Random(const RandomKey& key);

  std::uint32_t u32();
  std::uint64_t u64();
  // In [0, 1), 53 bits.
  double uniform();
  // In [0, size), each value equally likely (Lemire's rejection, no modulo bias). `size` is at
  // least 1.
  std::uint64_t below(std::uint64_t size);
  // In [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  // Trials up to and including the first success: 1, 2, … with mean 1/p. `p` is in (0, 1].
  std::uint64_t geometric(double p);
  // Mean 0, deviation 1 (Box and Muller, one of the pair).
  double normal();

  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<std::size_t>(below(i))]);
    }
  }
  // `count` different numbers of [0, size), in random order (Floyd's algorithm, then a shuffle).
  std::vector<std::uint64_t> choose(std::uint64_t size, std::uint64_t count);

 private:
  std::array<std::uint32_t, 4> counter_{};  // block, epoch, sample low, sample high
  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> block_{};
  unsigned next_ = 4;  // in block_; 4: a new block is due
};

}  // namespace unimo::trainer
