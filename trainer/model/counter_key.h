// Keys of the counter-based random numbers: a key is a function of what it is for.
#pragma once

#include <cstdint>
#include <string_view>

#include "trainer/data/random.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {

struct CounterKey {
  std::uint32_t words[2] = {0, 0};
};

constexpr CounterKey counter_key(std::uint64_t seed, std::uint64_t stream) {
  const std::uint64_t bits =
      mix64(mix64(seed + 0x9E3779B97F4A7C15ULL) ^ (stream * 0xD6E8FEB86659FD93ULL));
  return {{static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)}};
}

constexpr CounterKey counter_key(std::uint64_t seed, std::string_view stream) {
  return counter_key(seed, stream_of(stream));
}

// The dropout of one place in the model at one step; no dropout when `rate` is 0.
inline DropoutKey dropout_key(std::uint64_t seed, std::uint64_t step, std::uint32_t pass,
                              std::uint32_t site, double rate) {
  const CounterKey random = counter_key(seed, step);
  DropoutKey key{.key = {random.words[0], random.words[1]}, .site = site, .pass = pass};
  key.threshold = static_cast<std::uint32_t>(rate * 65536 + 0.5);
  key.scale = 65536.0F / (65536.0F - static_cast<float>(key.threshold));
  return key;
}

}  // namespace unimo::trainer
