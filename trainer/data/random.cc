#include "trainer/data/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

namespace {

// Multipliers and Weyl constants of the paper's table 2 and section 3.
constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;

constexpr std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

// The high and low half of a 64 x 64 bit product.
std::pair<std::uint64_t, std::uint64_t> multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {high(product1) ^ counter[1] ^ key[0], low(product1),
               high(product0) ^ counter[3] ^ key[1], low(product0)};
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return counter;
}

Random::Random(const RandomKey& key) {
  // Seed and stream share the 64-bit key; the mixing keeps neighbouring seeds and streams apart.
  const std::uint64_t mixed = mix64(key.seed + 0x9E3779B97F4A7C15ULL) ^ mix64(~key.stream);
  key_ = {low(mixed), high(mixed)};
  counter_ = {0, key.epoch, low(key.sample), high(key.sample)};
}

std::uint32_t Random::u32() {
  if (next_ == 4) {
    block_ = philox4x32(counter_, key_);
    ++counter_[0];
    next_ = 0;
  }
  return block_[next_++];
}

std::uint64_t Random::u64() {
  const std::uint64_t first = u32();
  return (first << 32) | u32();
}

double Random::uniform() { return static_cast<double>(u64() >> 11) * 0x1p-53; }

std::uint64_t Random::below(std::uint64_t size) {
  UNIMO_CHECK(size > 0, "a random number below 0");
  auto [value, fraction] = multiply(u64(), size);
  if (fraction < size) {
    const std::uint64_t refused = (0 - size) % size;
    while (fraction < refused) std::tie(value, fraction) = multiply(u64(), size);
  }
  return value;
}

std::int64_t Random::between(std::int64_t low_end, std::int64_t high_end) {
  UNIMO_CHECK(low_end <= high_end, "a random number of {} to {}", low_end, high_end);
  const std::uint64_t size =
      static_cast<std::uint64_t>(high_end) - static_cast<std::uint64_t>(low_end) + 1;
  const std::uint64_t offset = size == 0 ? u64() : below(size);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low_end) + offset);
}

std::uint64_t Random::geometric(double p) {
  UNIMO_CHECK(p > 0 && p <= 1, "a geometric distribution with p = {}", p);
  if (p >= 1) return 1;
  // 1 - uniform is in (0, 1]; its logarithm is finite.
  const double trials = std::floor(std::log(1 - uniform()) / std::log1p(-p)) + 1;
  return static_cast<std::uint64_t>(std::min(trials, 0x1p62));
}

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

std::vector<std::uint64_t> Random::choose(std::uint64_t size, std::uint64_t count) {
  UNIMO_CHECK(count <= size, "{} different numbers of {}", count, size);
  std::vector<std::uint64_t> sorted;
  sorted.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t last = size - count; last < size; ++last) {
    const std::uint64_t value = below(last + 1);
    const auto place = std::ranges::lower_bound(sorted, value);
    if (place == sorted.end() || *place != value) {
      sorted.insert(place, value);
    } else {
      sorted.push_back(last);  // larger than all before
    }
  }
  shuffle(std::span(sorted));
  return sorted;
}

}  // namespace unimo::trainer
