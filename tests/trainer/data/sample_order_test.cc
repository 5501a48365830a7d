#include "trainer/data/sample_order.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

namespace unimo::trainer {
namespace {

TEST(SampleOrder, VisitsEverySampleOnce) {
  for (const std::uint64_t size : {1, 2, 3, 4, 5, 7, 16, 17, 99, 1000, 4099}) {
    const SampleOrder order({.seed = 3, .size = size});
    for (const std::uint64_t epoch : {0, 1, 5}) {
      std::vector<int> seen(size);
      for (std::uint64_t i = 0; i < size; ++i) ++seen.at(order.at(epoch, i));
      EXPECT_EQ(seen, std::vector<int>(size, 1)) << size;
    }
  }
}

TEST(SampleOrder, ChangesWithTheEpoch) {
  const SampleOrder order({.seed = 3, .size = 1000});
  int same = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) same += order.at(0, i) == order.at(1, i) ? 1 : 0;
  EXPECT_LT(same, 10);
}

TEST(SampleOrder, MakesEveryOrderOfThreeAboutEquallyLikely) {
  const SampleOrder order({.seed = 3, .size = 3});
  std::map<std::array<std::uint64_t, 3>, int> counts;
  for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) {
    ++counts[{order.at(epoch, 0), order.at(epoch, 1), order.at(epoch, 2)}];
  }
  EXPECT_EQ(counts.size(), 6U);
  for (const auto& [permutation, count] : counts) EXPECT_NEAR(count, 1000, 250);
}

TEST(SampleOrder, SpreadsEveryPositionEvenly) {
  // Chi-squared over 100 samples for position 17, and for the distance between neighbours.
  const SampleOrder order({.seed = 3, .size = 100});
  std::array<double, 100> place{}, distance{};
  constexpr int kEpochs = 20000;
  for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    ++place.at(order.at(epoch, 17));
    ++distance.at((order.at(epoch, 18) + 100 - order.at(epoch, 17)) % 100);
  }
  double chi_place = 0, chi_distance = 0;
  for (const double count : place) chi_place += (count - 200) * (count - 200) / 200;
  for (std::size_t i = 1; i < 100; ++i) {
    constexpr double kExpected = kEpochs / 99.0;
    chi_distance += (distance.at(i) - kExpected) * (distance.at(i) - kExpected) / kExpected;
  }
  EXPECT_LT(chi_place, 160);  // the 99.99 % point of 99 degrees of freedom is 161
  EXPECT_LT(chi_distance, 160);
}

TEST(SampleOrder, CountsOnOverEpochs) {
  const SampleOrder order({.seed = 3, .size = 10});
  EXPECT_EQ(order.visit(27), (SampleOrder::Visit{.epoch = 2, .sample = order.at(2, 7)}));
}

TEST(SampleOrder, HandlesBillionsWithoutATable) {
  const SampleOrder order({.seed = 3, .size = (1ULL << 40) + 15});
  EXPECT_LT(order.at(0, 1ULL << 40), order.size());
  EXPECT_NE(order.at(0, 0), order.at(0, 1));
}

}  // namespace
}  // namespace unimo::trainer
