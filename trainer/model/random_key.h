// Keys of the counter-based random numbers: a key is a function of what it is for.
#pragma once

#include <cstdint>
#include <string_view>

#include "trainer/model/kernels.h"

namespace unimo::trainer {

struct RandomKey {
  std::uint32_t words[2] = {0, 0};
};

// Spreads every bit of x over all of the result (the finaliser of splitmix64).
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

constexpr RandomKey random_key(std::uint64_t seed, std::uint64_t stream) {
  const std::uint64_t bits =
      mix_bits(mix_bits(seed + 0x9E3779B97F4A7C15ULL) ^ (stream * 0xD6E8FEB86659FD93ULL));
  return {{static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)}};
}

constexpr RandomKey random_key(std::uint64_t seed, std::string_view stream) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
  for (const char c : stream) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return random_key(seed, hash);
}

// The dropout of one place in the model at one step; no dropout when `rate` is 0.
inline DropoutKey dropout_key(std::uint64_t seed, std::uint64_t step, std::uint32_t pass,
                              std::uint32_t site, double rate) {
  const RandomKey random = random_key(seed, step);
  DropoutKey key{.key = {random.words[0], random.words[1]}, .site = site, .pass = pass};
  key.threshold = static_cast<std::uint32_t>(rate * 65536 + 0.5);
  key.scale = 65536.0F / (65536.0F - static_cast<float>(key.threshold));
  return key;
}

}  // namespace unimo::trainer
