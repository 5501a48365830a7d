#include "stages/retrieval/block_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

constexpr std::size_t kGroup = SparseIndex::kGroup;
constexpr std::size_t kGroups = 5;

// Weights are multiples of an eighth, so that sums are exact in any order.
struct Case {
  std::vector<float> scores, sizes;
  std::vector<std::vector<SparseIndex::GroupBits>> bits;
  std::vector<DenseTerm> terms;
  float together = 0;

  explicit Case(std::uint64_t seed) : scores(kGroup * kGroups, 0.0F), bits(4) {
    trainer::Random random({.seed = seed});
    const auto eighth = [&random] { return 0.125F * static_cast<float>(random.between(1, 16)); };
    for (float& score : scores)
      if (random.uniform() < 0.1) score = eighth();
    for (std::size_t i = 0; i < kGroups; ++i) sizes.push_back(eighth());
    for (auto& of_term : bits) {
      for (std::size_t i = 0; i < kGroups; ++i) {
        const std::uint64_t has = random.below(UINT64_MAX);
        of_term.push_back({has, has & random.below(UINT64_MAX)});
      }
      terms.push_back({of_term.data(), eighth(), eighth()});
      together += terms.back().usual + terms.back().more;
    }
  }

  BlockScan scan(float base, float per_size) {
    return {.scores = scores.data(),
            .sizes = sizes,
            .terms = terms,
            .together = together,
            .base = base,
            .per_size = per_size};
  }

  std::vector<std::string> slow(float base, float per_size) const {
    std::vector<std::string> reached;
    for (std::size_t place = 0; place < scores.size(); ++place) {
      float sum = scores[place];
      for (const DenseTerm& term : terms) {
        const SparseIndex::GroupBits& word = term.bits[place / kGroup];
        if ((word.has >> (place % kGroup) & 1) != 0) sum += term.usual;
        if ((word.large >> (place % kGroup) & 1) != 0) sum += term.more;
      }
      if (sum > 0 && sum >= base + per_size * sizes[place / kGroup])
        reached.push_back(std::to_string(place) + ": " + std::to_string(sum));
    }
    return reached;
  }
};

using Scan = std::size_t (*)(const BlockScan&, ReachedPlace*);
class BlockScans : public testing::TestWithParam<Scan> {
 protected:
  static std::vector<std::string> run(const BlockScan& scan) {
    std::vector<ReachedPlace> reached(kGroup * kGroups);
    reached.resize(GetParam()(scan, reached.data()));
    std::vector<std::string> places;
    for (const ReachedPlace& place : reached)
      places.push_back(std::to_string(place.slot) + ": " + std::to_string(place.overlap));
    return places;
  }
};
INSTANTIATE_TEST_SUITE_P(Both, BlockScans, testing::Values(&scan_block, &scan_block_plainly));

TEST_P(BlockScans, GivesThePlacesThatReachTheScoreWithTheTermsTheyHave) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const float least : {0.0F, 1.0F, 3.0F, 5.5F, 100.0F}) {
      Case made(seed);
      const auto wanted = made.slow(least, 0);
      ASSERT_EQ(run(made.scan(least, 0)), wanted) << seed << " " << least;
    }
  }
}

TEST_P(BlockScans, AsksMoreOfGroupsOfLargerItems) {
  Case made(3);
  made.sizes = {0, 1, 2, 4, 64};
  const auto wanted = made.slow(1, 0.5F);
  EXPECT_EQ(run(made.scan(1, 0.5F)), wanted);
}

TEST_P(BlockScans, LeavesScoresAtZero) {
  for (const float least : {0.0F, 1.0F, 100.0F}) {
    Case made(4);
    run(made.scan(least, 0));
    EXPECT_TRUE(std::ranges::all_of(made.scores, [](float score) { return score == 0; }));
  }
}

TEST_P(BlockScans, GivesNoPlaceThatHasNothing) {
  Case made(5);
  made.terms.clear();
  std::ranges::fill(made.scores, 0.0F);
  made.scores[77] = 0.25F;
  EXPECT_THAT(run(made.scan(0, 0)), testing::ElementsAre("77: 0.250000"));
}

}  // namespace
}  // namespace unimo::stages
