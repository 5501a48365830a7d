// Random choices as a pure function of (seed, stream, sample): the same on every machine and in
// every order of work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace unimo::stages {

// One sequence of draws. Streams keep purposes apart, so that a new draw for one does not move
// another.
class Draws {
 public:
  Draws(std::uint64_t seed, std::string_view stream, std::uint64_t sample)
      : state_(mix(mix(mix(seed) ^ hash(stream)) ^ mix(sample + 0x632BE59BD9B4E019ULL))) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return mix(state_);
  }
  // In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(count));
  }
  bool chance(double probability) { return uniform() < probability; }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(list.size())];
  }
  template <class List>
  void shuffle(List& list) {
    using std::swap;
    for (std::size_t i = list.size(); i > 1; --i) swap(list[i - 1], list[below(i)]);
  }

  // FNV-1a.
  static std::uint64_t hash(std::string_view text) {
    std::uint64_t h = 0xCBF29CE484222325ULL;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return h;
  }

 private:
  // SplitMix64's finaliser (Steele, Lea and Flood, 2014).
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace unimo::stages
