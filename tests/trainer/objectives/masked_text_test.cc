#include "trainer/objectives/masked_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace unimo::trainer {
namespace {

constexpr Vocabulary kVocabulary{.mask = 999, .first_piece = 4, .size = 1000};

Random random_of(std::uint64_t sample) {
  return Random({.seed = 7, .stream = stream_of("test"), .sample = sample});
}

std::vector<std::int32_t> ids_of(int size) {
  std::vector<std::int32_t> ids(static_cast<std::size_t>(size));
  std::iota(ids.begin(), ids.end(), 100);
  return ids;
}

UnitStarts words(std::size_t size) { return UnitStarts(size, true); }

// Units of three tokens.
UnitStarts triples(std::size_t size) {
  UnitStarts starts(size, false);
  for (std::size_t i = 0; i < size; i += 3) starts[i] = true;
  return starts;
}

TEST(MaskedText, SpendsExactlyItsBudget) {
  for (int size = 1; size < 200; ++size) {
    const auto ids = ids_of(size);
    Random random = random_of(static_cast<std::uint64_t>(size));
    const auto plan = plan_masked_text(ids, words(ids.size()), kVocabulary, {}, random);
    const int budget = static_cast<int>(std::ceil(0.15 * (size + 2)));
    EXPECT_EQ(static_cast<int>(plan.positions.size()), std::min(budget, size)) << size;
  }
}

TEST(MaskedText, AsksForTheTrueTokensAtAscendingPositions) {
  const auto ids = ids_of(120);
  Random random = random_of(1);
  const auto plan = plan_masked_text(ids, words(ids.size()), kVocabulary, {}, random);
  ASSERT_FALSE(plan.positions.empty());
  for (std::size_t i = 0; i < plan.positions.size(); ++i) {
    EXPECT_EQ(plan.labels[i], ids[static_cast<std::size_t>(plan.positions[i])]);
    if (i > 0) {
      EXPECT_LT(plan.positions[i - 1], plan.positions[i]);
    }
  }
}

TEST(MaskedText, LeavesWhatIsNotChosenAsItIs) {
  const auto ids = ids_of(120);
  Random random = random_of(2);
  const auto plan = plan_masked_text(ids, words(ids.size()), kVocabulary, {}, random);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool chosen =
        std::count(plan.positions.begin(), plan.positions.end(), static_cast<std::int32_t>(i)) > 0;
    if (!chosen) {
      EXPECT_EQ(plan.shown[i], ids[i]);
    }
  }
}

TEST(MaskedText, CutsAtMostTheLastUnitOfTheBudget) {
  for (std::uint64_t sample = 0; sample < 200; ++sample) {
    const auto ids = ids_of(90);
    Random random = random_of(sample);
    const auto plan = plan_masked_text(ids, triples(ids.size()), kVocabulary, {}, random);
    std::vector<int> hidden_of_unit(30, 0);
    for (const auto position : plan.positions)
      ++hidden_of_unit[static_cast<std::size_t>(position / 3)];
    const auto cut = std::count_if(hidden_of_unit.begin(), hidden_of_unit.end(),
                                   [](int n) { return n % 3 != 0; });
    EXPECT_LE(cut, 1) << sample;
  }
}

TEST(MaskedText, IsAPureFunctionOfItsKey) {
  const auto ids = ids_of(77);
  Random first = random_of(5), second = random_of(5), other = random_of(6);
  const auto a = plan_masked_text(ids, words(ids.size()), kVocabulary, {}, first);
  const auto b = plan_masked_text(ids, words(ids.size()), kVocabulary, {}, second);
  const auto c = plan_masked_text(ids, words(ids.size()), kVocabulary, {}, other);
  EXPECT_EQ(a.shown, b.shown);
  EXPECT_NE(a.positions, c.positions);
}

TEST(MaskedText, GivesNothingForAnEmptyText) {
  Random random = random_of(1);
  EXPECT_TRUE(plan_masked_text({}, {}, kVocabulary, {}, random).positions.empty());
}

}  // namespace
}  // namespace unimo::trainer
