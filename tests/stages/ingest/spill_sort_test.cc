#include "stages/ingest/spill_sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "orchestrator/base/file.h"
#include "stages/ingest/id_table.h"

namespace unimo::stages {
namespace {

using Pairs = std::vector<std::pair<std::uint64_t, std::string>>;

Pairs sorted_by(std::size_t budget, const Pairs& pairs) {
  const TempDir folder = TempDir::make("unimo-sort-").value();
  SpillSort sorter(folder.path(), budget);
  for (const auto& [key, payload] : pairs) EXPECT_TRUE(sorter.add(key, payload));
  EXPECT_TRUE(sorter.sort());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  Pairs sorted;
  for (const SpillSort::Item* item = sorter.next().value(); item != nullptr;
       item = sorter.next().value())
    sorted.emplace_back(item->key, item->payload);
  return sorted;
}

TEST(SpillSort, GivesTheSameOrderWhateverFitsIntoMemory) {
  std::mt19937 random(3);
  Pairs pairs;
  for (int i = 0; i < 5000; ++i)
    pairs.emplace_back(random() % 97, std::string(random() % 300, 'x') + std::to_string(i));
  Pairs expected = pairs;
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  EXPECT_EQ(sorted_by(1 << 30, pairs), expected);
  EXPECT_EQ(sorted_by(20'000, pairs), expected);
  EXPECT_EQ(sorted_by(1, pairs), expected);
}

TEST(SpillSort, TakesItemsLargerThanItsBuffers) {
  const Pairs pairs = {{2, std::string(1 << 20, 'b')}, {1, std::string(3 << 20, 'a')}, {1, ""}};
  const Pairs sorted = sorted_by(1000, pairs);
  ASSERT_EQ(sorted.size(), 3U);
  EXPECT_EQ(sorted[0].second, pairs[1].second);
  EXPECT_EQ(sorted[1].second, "");
  EXPECT_EQ(sorted[2].second, pairs[0].second);
}

TEST(SpillSort, OfNothingIsNothing) { EXPECT_TRUE(sorted_by(100, {}).empty()); }

TEST(SpillSort, SaysWhereItCouldNotWrite) {
  SpillSort sorter("/nowhere/at/all", 1);
  const Status status = sorter.add(1, "payload");
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("/nowhere/at/all"), std::string::npos);
}

TEST(IdTable, KnowsWhatWentIn) {
  IdTable table;
  EXPECT_FALSE(table.contains("1"));
  for (int i = 0; i < 10000; ++i)
    EXPECT_TRUE(table.insert(std::to_string(i), static_cast<std::uint8_t>(i % 5)));
  EXPECT_FALSE(table.insert("77", 4));
  EXPECT_EQ(table.find("77"), 2);
  EXPECT_EQ(table.find("10000"), std::nullopt);
  EXPECT_EQ(table.size(), 10000U);
}

}  // namespace
}  // namespace unimo::stages
