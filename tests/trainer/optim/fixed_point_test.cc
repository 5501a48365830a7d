#include "trainer/optim/fixed_point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "trainer/model/counter_key.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {
namespace {

// Values of very different sizes and both signs.
std::vector<float> spread_values(std::uint64_t stream, std::size_t count) {
  const CounterKey key = counter_key(stream, "values");
  std::vector<std::uint32_t> words(2 * count);
  kernels().random_words(key.words, 0, 0, words.data(), static_cast<std::int64_t>(words.size()));
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double size = std::ldexp(1.0, static_cast<int>(words[2 * i] % 50) - 40);
    values[i] = static_cast<float>((words[2 * i + 1] / 2147483648.0 - 1.0) * size);
  }
  return values;
}

TEST(FixedPoint, SumDoesNotDependOnOrderOrGrouping) {
  constexpr std::size_t kCount = 100003;
  constexpr int kTerms = 8;
  std::vector<int> order(kTerms);
  std::iota(order.begin(), order.end(), 0);
  std::vector<float> wanted;
  for (int trial = 0; trial < 4; ++trial) {
    std::vector<std::int64_t> left(kCount, 0), right(kCount, 0);
    for (int i = 0; i < kTerms; ++i) {
      std::vector<float> values =
          spread_values(static_cast<std::uint64_t>(order[static_cast<std::size_t>(i)]), kCount);
      ASSERT_TRUE(add_fixed(values, i % (trial + 1) == 0 ? left : right, kTerms));
    }
    for (std::size_t i = 0; i < kCount; ++i) left[i] += right[i];
    std::vector<float> sum(kCount);
    take_fixed(left, sum);
    if (wanted.empty()) wanted = sum;
    EXPECT_EQ(sum, wanted);
    std::rotate(order.begin(), order.begin() + 3, order.end());
  }
}

TEST(FixedPoint, OneTermComesBackToTheNearestStep) {
  std::vector<float> values = spread_values(5, 1000);
  const std::vector<float> before = values;
  std::vector<std::int64_t> sums(values.size(), 0);
  ASSERT_TRUE(add_fixed(values, sums, 1));
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](float v) { return v == 0; }));
  take_fixed(sums, values);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(values[i], before[i], std::max(4.5e-16, std::fabs(before[i]) * 6e-8)) << i;
  EXPECT_EQ(*std::max_element(sums.begin(), sums.end()), 0);
}

TEST(FixedPoint, ValuesThatAreNotFiniteOrTooLargeAreFound) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(), -2049.0F}) {
    std::vector<float> values(40000, 1.0F);
    values[39999] = bad;
    std::vector<std::int64_t> sums(values.size(), 0);
    EXPECT_FALSE(add_fixed(values, sums, 2)) << bad;
  }
  std::vector<float> values(10, 2048.0F);
  std::vector<std::int64_t> sums(10, 0);
  EXPECT_TRUE(add_fixed(values, sums, 2));
  std::vector<float> again(10, 2048.0F);
  EXPECT_TRUE(add_fixed(again, sums, 2));
  take_fixed(sums, values);
  EXPECT_EQ(values[9], 4096.0F);
}

}  // namespace
}  // namespace unimo::trainer
