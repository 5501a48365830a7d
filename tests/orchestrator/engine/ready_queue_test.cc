#include "orchestrator/engine/ready_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/engine/machine.h"
#include "tests/orchestrator/engine/test_schemas.h"

namespace unimo {
namespace {

using testing::ElementsAre;

// Tasks 0 and 1 stand alone; 2 is the start of a chain 2 -> 3.
Plan three_stages() {
  static const SchemaTable kTable = test::schema_table();
  return *make_plan(
      *parse_experiment("experiment: x\nstages:\n  a: {kind: make, matrix: {seed: [1, 2]}}\n"
                        "  b: {kind: make}\n  c: {kind: use, inputs: {from: b}}\n",
                        "t"),
      kTable);
}

TEST(ReadyQueue, OffersTheLongestWayFirst) {
  const Plan plan = three_stages();
  ReadyQueue queue(plan, {1, 1, 1});
  for (const std::uint32_t task : {0U, 1U, 2U}) queue.add(task);
  std::vector<std::uint32_t> started;
  queue.offer(0, [&](std::uint32_t task) {
    started.push_back(task);
    return StartOutcome::kStarted;
  });
  EXPECT_THAT(started, ElementsAre(2U, 0U, 1U));
  EXPECT_TRUE(queue.empty());
}

TEST(ReadyQueue, LetsSmallTasksPassABigOneButNotForEver) {
  const Plan plan = three_stages();
  ReadyQueue queue(plan, {1, 1, 1});
  for (const std::uint32_t task : {0U, 1U, 2U}) queue.add(task);
  std::vector<std::uint32_t> offered;
  const auto only_small = [&](std::uint32_t task) {
    offered.push_back(task);
    return task == 0 ? StartOutcome::kStarted : StartOutcome::kNoRoom;
  };
  queue.offer(0, only_small);
  EXPECT_THAT(offered, ElementsAre(2U, 0U, 1U));
  offered.clear();
  queue.offer(100, only_small);
  EXPECT_THAT(offered, ElementsAre(2U));
}

TEST(ReadyQueue, KeepsRetriesUntilTheirTime) {
  const Plan plan = three_stages();
  ReadyQueue queue(plan, {1, 1, 1});
  queue.add_later(0, 10);
  int offered = 0;
  const auto count = [&](std::uint32_t) {
    ++offered;
    return StartOutcome::kStarted;
  };
  queue.offer(9, count);
  EXPECT_EQ(offered, 0);
  EXPECT_FALSE(queue.nothing_later());
  queue.offer(10, count);
  EXPECT_EQ(offered, 1);
}

TEST(Slots, GiveWhatThereIsAndTakeItBack) {
  Slots slots({4, 1000, {0, 1}});
  const auto first = slots.acquire({3, 100, 2});
  ASSERT_TRUE(first);
  EXPECT_THAT(first->gpu_ids, ElementsAre(0, 1));
  EXPECT_FALSE(slots.acquire({2, 100, 0}));
  EXPECT_FALSE(slots.acquire({1, 100, 1}));
  EXPECT_TRUE(slots.acquire({1, 900, 0}));
  slots.release(*first);
  EXPECT_TRUE(slots.acquire({1, 100, 1}));
}

TEST(Slots, ShrinkADemandThatIsLargerThanTheMachine) {
  Slots slots({2, 1000, {}});
  const auto grant = slots.acquire({16, 64000, 0});
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->resources.cores, 2);
  EXPECT_FALSE(slots.can_ever_run({1, 1, 1}));
}

TEST(Slots, KeepToTheNumberOfJobs) {
  Slots slots({8, 1000, {}}, 1);
  ASSERT_TRUE(slots.acquire({1, 1, 0}));
  EXPECT_FALSE(slots.acquire({1, 1, 0}));
}

}  // namespace
}  // namespace unimo
