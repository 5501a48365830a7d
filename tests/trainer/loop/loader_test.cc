#include "trainer/loop/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// Step s has s % 3 + 1 micro-batches; counts how many are in work or ready.
class CountingObjective : public Objective {
 public:
  std::int64_t micro_batch_count(std::int64_t step) const override { return step % 3 + 1; }
  std::string describe(std::int64_t step, std::int64_t index) const override {
    return fmt::format("{}:{}", step, index);
  }
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override {
    ++prepared;
    if (step == broken_step) return fail(ErrorCode::kIntegrity, "record {} is damaged", index);
    if (step == throwing_step) throw std::runtime_error("no such sample");
    if (pause.count() > 0) {
      const LoadTimer timer(LoadPart::kRead);
      std::this_thread::sleep_for(pause);
    }
    return MicroBatch([](Unimo&) { return MicroLoss{}; }, step * 10 + index);
  }
  mutable std::atomic<int> prepared{0};
  std::int64_t broken_step = -1, throwing_step = -1;
  std::chrono::milliseconds pause{0};
};

std::vector<std::pair<std::int64_t, std::int64_t>> all_of(Loader& loader, int count) {
  std::vector<std::pair<std::int64_t, std::int64_t>> seen;
  for (int i = 0; i < count; ++i) {
    const auto loaded = loader.next();
    if (!loaded) break;
    EXPECT_EQ(loaded->batch.rows(), loaded->step * 10 + loaded->index);
    seen.emplace_back(loaded->step, loaded->index);
  }
  return seen;
}

TEST(Loader, GivesMicroBatchesInOrderWhateverTheThreads) {
  const CountingObjective objective;
  for (const int threads : {1, 2, 5}) {
    Loader loader(objective, {.first_step = 1, .steps = 4, .threads = threads, .slots = 3});
    EXPECT_THAT(all_of(loader, 6), ElementsAre(Pair(1, 0), Pair(1, 1), Pair(2, 0), Pair(2, 1),
                                               Pair(2, 2), Pair(3, 0)));
  }
}

TEST(Loader, ProcessesShareTheMicroBatchesOfEveryStep) {
  const CountingObjective objective;
  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  for (int rank = 0; rank < 3; ++rank) {
    Loader loader(objective, {.first_step = 0, .steps = 6, .rank = rank, .ranks = 3});
    const int own = rank == 0 ? 6 : rank == 1 ? 4 : 2;
    for (const auto& place : all_of(loader, own)) {
      EXPECT_EQ(place.second % 3, rank);
      EXPECT_TRUE(seen.insert(place).second);
    }
  }
  EXPECT_EQ(seen.size(), 12U);
}

TEST(Loader, RunsAheadNoFurtherThanItsSlots) {
  const CountingObjective objective;
  Loader loader(objective, {.first_step = 0, .steps = 1000, .threads = 3, .slots = 4});
  ASSERT_TRUE(loader.next());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_LE(objective.prepared, 5);
}

TEST(Loader, AnErrorArrivesInItsPlace) {
  CountingObjective objective;
  objective.broken_step = 1;
  Loader loader(objective, {.first_step = 0, .steps = 4, .threads = 2});
  EXPECT_TRUE(loader.next());
  const auto broken = loader.next();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kIntegrity);
  EXPECT_THAT(broken.error().message, HasSubstr("record 0 is damaged"));
}

TEST(Loader, AnExceptionBecomesAnErrorWithItsPlace) {
  CountingObjective objective;
  objective.throwing_step = 0;
  Loader loader(objective, {.first_step = 0, .steps = 2});
  const auto broken = loader.next();
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr("step 0, micro-batch 0: no such sample"));
}

TEST(Loader, SaysHowLongItWasWaitedForAndForWhat) {
  CountingObjective objective;
  objective.pause = std::chrono::milliseconds(30);
  Loader loader(objective, {.first_step = 0, .steps = 1});
  const auto loaded = loader.next();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->times.longest(), LoadPart::kRead);
  EXPECT_GE(loaded->times.of(LoadPart::kRead), 0.03);
  EXPECT_GT(loaded->waited, 0.0);
}

TEST(Loader, StopsInTheMiddle) {
  CountingObjective objective;
  objective.pause = std::chrono::milliseconds(1);
  { Loader loader(objective, {.first_step = 0, .steps = 100000, .threads = 4, .slots = 2}); }
  EXPECT_LE(objective.prepared, 4);
}

}  // namespace
}  // namespace unimo::trainer
