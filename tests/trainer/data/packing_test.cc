#include "trainer/data/packing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trainer/data/random.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using Batches = std::vector<std::vector<std::uint32_t>>;

TEST(Packing, FillsMicroBatchesByBestFit) {
  const std::vector<std::uint32_t> lengths = {3, 7, 5, 2, 3};
  EXPECT_EQ(*pack_sequences(lengths, {.max_rows = 10}), (Batches{{0, 1}, {2, 3, 4}}));
}

TEST(Packing, KeepsEverySequenceOnceWithinTheBudget) {
  Random random({.seed = 1});
  std::vector<std::uint32_t> lengths(500);
  for (auto& length : lengths) length = static_cast<std::uint32_t>(random.between(1, 60));
  const PackingBudget budget{.max_rows = 128, .max_sequences = 6, .max_squares = 6000};
  for (const auto& batches : {*pack_sequences(lengths, budget), *pack_in_order(lengths, budget)}) {
    std::vector<int> seen(lengths.size());
    for (const auto& batch : batches) {
      std::uint64_t rows = 0, squares = 0;
      for (const std::uint32_t index : batch) {
        ++seen.at(index);
        rows += lengths[index];
        squares += lengths[index] * lengths[index];
      }
      EXPECT_LE(rows, 128U);
      EXPECT_LE(batch.size(), 6U);
      EXPECT_LE(squares, 6000U);
    }
    EXPECT_EQ(seen, std::vector<int>(lengths.size(), 1));
  }
}

TEST(Packing, WastesLittle) {
  Random random({.seed = 2});
  std::vector<std::uint32_t> lengths(2000);
  std::uint64_t sum = 0;
  for (auto& length : lengths) {
    length = static_cast<std::uint32_t>(random.between(5, 60));
    sum += length;
  }
  const auto batches = *pack_sequences(lengths, {.max_rows = 512});
  EXPECT_LE(batches.size(), sum / 512 + 2);
}

TEST(Packing, KeepsTheOrderWhereItMatters) {
  const std::vector<std::uint32_t> lengths = {3, 7, 5, 2, 3};
  EXPECT_EQ(*pack_in_order(lengths, {.max_rows = 10}), (Batches{{0, 1}, {2, 3, 4}}));
  EXPECT_EQ(*pack_in_order(lengths, {.max_rows = 9}), (Batches{{0}, {1}, {2, 3}, {4}}));
}

TEST(Packing, NamesTheSequenceThatFitsNowhere) {
  const std::vector<std::uint32_t> lengths = {3, 70};
  const auto batches = pack_sequences(lengths, {.max_rows = 10});
  ASSERT_FALSE(batches.has_value());
  EXPECT_THAT(batches.error().message, testing::HasSubstr("sequence 1 has 70 rows"));
}

TEST(Packing, OfNothingIsNothing) { EXPECT_THAT(*pack_sequences({}, {}), ElementsAre()); }

}  // namespace
}  // namespace unimo::trainer
