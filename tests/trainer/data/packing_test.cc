#include "trainer/data/packing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "trainer/data/random.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Packing, GivesTheLongestToTheGroupWithTheFewestRows) {
  const std::vector<std::uint32_t> lengths = {3, 7, 5, 2, 3};
  EXPECT_THAT(balance_rows(lengths, 2), ElementsAre(ElementsAre(1, 4), ElementsAre(0, 2, 3)));
}

TEST(Packing, TakesEverySequenceOnceAndKeepsGroupsEqual) {
  Random random({.seed = 1});
  std::vector<std::uint32_t> lengths(500);
  for (auto& length : lengths) length = static_cast<std::uint32_t>(random.between(1, 512));
  const auto groups = balance_rows(lengths, 8);
  ASSERT_EQ(groups.size(), 8U);
  std::vector<int> seen(lengths.size());
  std::uint64_t least = ~std::uint64_t{0}, most = 0;
  for (const auto& group : groups) {
    EXPECT_TRUE(std::ranges::is_sorted(group));
    std::uint64_t rows = 0;
    for (const std::uint32_t index : group) {
      ++seen.at(index);
      rows += lengths[index];
    }
    least = std::min(least, rows);
    most = std::max(most, rows);
  }
  EXPECT_EQ(seen, std::vector<int>(lengths.size(), 1));
  EXPECT_LE(most - least, 8U) << "sequences of one row fill the last gaps";
}

TEST(Packing, LeavesGroupsEmptyWhereSequencesAreFew) {
  const std::vector<std::uint32_t> lengths = {4};
  EXPECT_THAT(balance_rows(lengths, 2), ElementsAre(ElementsAre(0), IsEmpty()));
}

}  // namespace
}  // namespace unimo::trainer
