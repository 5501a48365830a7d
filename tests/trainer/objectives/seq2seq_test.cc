#include "trainer/objectives/seq2seq.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace unimo::trainer {
namespace {

Seq2SeqPlan plan_of(int size, std::uint64_t sample, const Seq2SeqConfig& config = {}) {
  Random random({.seed = 3, .stream = stream_of("test"), .sample = sample});
  return plan_seq2seq(size, config, random);
}

int length_of(const std::vector<Slice>& slices) {
  int total = 0;
  for (const Slice& slice : slices) total += slice.end - slice.begin;
  return total;
}

TEST(Seq2Seq, TakesAQuarterOfLongTextsAsTargets) {
  double target = 0, all = 0;
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    const auto plan = plan_of(5000, sample);
    target += length_of(plan.target);
    all += 5000;
  }
  EXPECT_NEAR(target / all, 0.25, 0.005);
}

TEST(Seq2Seq, PutsEveryTokenInExactlyOneSlice) {
  for (int size = 1; size < 300; ++size) {
    const auto plan = plan_of(size, static_cast<std::uint64_t>(size));
    std::vector<int> seen(static_cast<std::size_t>(size), 0);
    for (const auto* slices : {&plan.source, &plan.target}) {
      for (const Slice& slice : *slices) {
        for (int i = slice.begin; i < slice.end; ++i) ++seen[static_cast<std::size_t>(i)];
      }
    }
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; })) << size;
    EXPECT_FALSE(plan.target.empty()) << size;
  }
}

TEST(Seq2Seq, GeneratesShortTextsWhole) {
  for (int size = 1; size < 6; ++size) {
    const auto plan = plan_of(size, 1);
    EXPECT_TRUE(plan.source.empty());
    EXPECT_EQ(plan.target, (std::vector<Slice>{{0, size}}));
  }
}

TEST(Seq2Seq, GeneratesLongTextsWholeAsOftenAsAsked) {
  int whole = 0;
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    whole += plan_of(200, sample, {.whole_share = 0.3}).source.empty();
  }
  EXPECT_NEAR(whole / 2000.0, 0.3, 0.03);
}

TEST(Seq2Seq, HasNoSlicesForAnEmptyText) {
  EXPECT_TRUE(plan_of(0, 1).target.empty());
  EXPECT_TRUE(plan_of(0, 1).source.empty());
}

}  // namespace
}  // namespace unimo::trainer
