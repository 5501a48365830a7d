#include "trainer/objectives/mixture.h"

#include <gtest/gtest.h>

#include <array>

namespace unimo::trainer {
namespace {

TEST(Mixture, GivesEachObjectiveItsShare) {
  const Mixture mixture(std::array{1.0, 1.0, 2.0}, 5);
  EXPECT_EQ(mixture.served(240), (std::vector<std::int64_t>{60, 60, 120}));
}

TEST(Mixture, SpreadsTurnsEvenly) {
  const Mixture mixture(std::array{1.0, 3.0}, 0);
  for (std::int64_t begin = 0; begin < 200; begin += 4) {
    int first = 0;
    for (std::int64_t i = begin; i < begin + 4; ++i) first += mixture.turn(i).objective == 0;
    EXPECT_EQ(first, 1) << begin;
  }
}

TEST(Mixture, CountsWhatWasServedBefore) {
  const Mixture mixture(std::array{0.3, 0.0, 1.7, 0.01}, 123);
  std::array<std::int64_t, 4> seen{};
  for (std::int64_t i = 0; i < 1000; ++i) {
    const auto turn = mixture.turn(i);
    EXPECT_EQ(turn.served_before, seen[static_cast<std::size_t>(turn.objective)]++) << i;
  }
  EXPECT_EQ(mixture.served(1000), (std::vector<std::int64_t>(seen.begin(), seen.end())));
  EXPECT_EQ(seen[1], 0);
  EXPECT_GT(seen[3], 0);
}

}  // namespace
}  // namespace unimo::trainer
