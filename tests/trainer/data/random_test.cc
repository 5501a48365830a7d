#include "trainer/data/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace unimo::trainer {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesThePublishedVectors) {
  // kat_vectors of Random123 1.14, philox4x32 with 10 rounds.
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, RepeatsForTheSameKey) {
  Random a({.seed = 1, .stream = 2, .sample = 3, .epoch = 4});
  Random b({.seed = 1, .stream = 2, .sample = 3, .epoch = 4});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.u32(), b.u32());
}

TEST(Random, DiffersWithEveryPartOfTheKey) {
  std::set<std::uint64_t> first;
  for (std::uint64_t seed : {0, 1}) {
    for (std::uint64_t stream : {stream_of("a"), stream_of("b")}) {
      for (std::uint64_t sample : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32}) {
        for (std::uint32_t epoch : {0U, 1U}) {
          first.insert(
              Random({.seed = seed, .stream = stream, .sample = sample, .epoch = epoch}).u64());
        }
      }
    }
  }
  EXPECT_EQ(first.size(), 24U);
}

TEST(Random, UniformFillsTheUnitInterval) {
  Random random({.seed = 7});
  double sum = 0, squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 0.005);
}

TEST(Random, BelowIsEven) {
  Random random({.seed = 7});
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i) ++counts.at(static_cast<std::size_t>(random.below(6)));
  for (const int count : counts) EXPECT_NEAR(count, 10000, 400);
}

TEST(Random, BetweenReachesBothEnds) {
  Random random({.seed = 7});
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.between(-1, 2));
  EXPECT_THAT(seen, testing::ElementsAre(-1, 0, 1, 2));
}

TEST(Random, GeometricHasItsMeanAndStartsAtOne) {
  Random random({.seed = 7});
  double sum = 0;
  std::uint64_t least = 100;
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t value = random.geometric(0.2);
    sum += static_cast<double>(value);
    least = std::min(least, value);
  }
  EXPECT_NEAR(sum / 100000, 5, 0.1);
  EXPECT_EQ(least, 1U);
  EXPECT_EQ(random.geometric(1), 1U);
}

TEST(Random, NormalHasDeviationOne) {
  Random random({.seed = 7});
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 100000, 0, 0.02);
  EXPECT_NEAR(squares / 100000, 1, 0.02);
}

TEST(Random, ChoosesDifferentNumbersEvenly) {
  std::array<int, 10> counts{};
  for (std::uint64_t sample = 0; sample < 10000; ++sample) {
    const auto chosen = Random({.seed = 7, .sample = sample}).choose(10, 3);
    EXPECT_EQ(std::set<std::uint64_t>(chosen.begin(), chosen.end()).size(), 3U);
    for (const std::uint64_t value : chosen) ++counts.at(static_cast<std::size_t>(value));
  }
  for (const int count : counts) EXPECT_NEAR(count, 3000, 200);
  EXPECT_EQ(Random({.seed = 7}).choose(5, 5).size(), 5U);
}

}  // namespace
}  // namespace unimo::trainer
