#include "trainer/objectives/masked_regions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace unimo::trainer {
namespace {

Random random_of(std::uint64_t sample) {
  return Random({.seed = 3, .stream = stream_of("test"), .sample = sample});
}

// Boxes side by side that touch nobody.
std::vector<float> apart(int count) {
  std::vector<float> boxes;
  for (int i = 0; i < count; ++i) {
    const float x = static_cast<float>(i) / static_cast<float>(count);
    boxes.insert(boxes.end(), {x, 0.0f, x + 0.5f / static_cast<float>(count), 1.0f});
  }
  return boxes;
}

TEST(BoxOverlap, IsIntersectionOverUnion) {
  const std::array<float, 4> a{0, 0, 2, 2}, b{1, 1, 3, 3}, far{5, 5, 6, 6}, line{0, 0, 0, 2};
  EXPECT_NEAR(box_overlap(a.data(), b.data()), 1.0 / 7.0, 1e-12);
  EXPECT_EQ(box_overlap(a.data(), a.data()), 1.0);
  EXPECT_EQ(box_overlap(a.data(), far.data()), 0.0);
  EXPECT_EQ(box_overlap(a.data(), line.data()), 0.0);
}

TEST(MaskedRegions, HidesWhateverOverlapsAnAnchor) {
  // Pairs of nearly equal boxes: one is never hidden without the other.
  std::vector<float> boxes;
  for (int i = 0; i < 20; ++i) {
    const float x = static_cast<float>(i) / 20.0f;
    boxes.insert(boxes.end(), {x, 0, x + 0.04f, 1});
    boxes.insert(boxes.end(), {x + 0.001f, 0, x + 0.04f, 1});
  }
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    Random random = random_of(sample);
    const auto hidden = plan_masked_regions(boxes, {}, random);
    ASSERT_EQ(hidden.size() % 2, 0u);
    for (std::size_t i = 0; i < hidden.size(); i += 2) EXPECT_EQ(hidden[i] + 1, hidden[i + 1]);
  }
}

TEST(MaskedRegions, LeavesBoxesThatOverlapTooLittle) {
  // IoU 1/3 with the next one when each is two wide and starts one later; 0.3 hides neighbours, 0.4
  // does not.
  std::vector<float> boxes;
  for (int i = 0; i < 40; ++i) boxes.insert(boxes.end(), {float(i), 0.0f, float(i) + 2.0f, 1.0f});
  Random random = random_of(1);
  const auto strict = plan_masked_regions(boxes, {.share = 0.02, .overlap = 0.4}, random);
  EXPECT_EQ(strict.size(), 1u);
  Random again = random_of(1);
  const auto loose = plan_masked_regions(boxes, {.share = 0.02, .overlap = 0.3}, again);
  EXPECT_GE(loose.size(), 2u);
  EXPECT_LE(loose.size(), 3u);
}

TEST(MaskedRegions, HidesFifteenPercentOfSeparateRegions) {
  const auto boxes = apart(100);
  Random random = random_of(4);
  EXPECT_EQ(plan_masked_regions(boxes, {}, random).size(), 15u);
}

TEST(MaskedRegions, StopsAtTheCap) {
  // All boxes are equal: one anchor would hide everything.
  std::vector<float> boxes;
  for (int i = 0; i < 50; ++i) boxes.insert(boxes.end(), {0.0f, 0.0f, 1.0f, 1.0f});
  Random random = random_of(4);
  EXPECT_EQ(plan_masked_regions(boxes, {}, random).size(), 15u);
}

TEST(MaskedRegions, AlwaysLeavesOneToSee) {
  Random random = random_of(4);
  EXPECT_TRUE(plan_masked_regions(apart(1), {}, random).empty());
  EXPECT_EQ(plan_masked_regions(apart(2), {.share = 0.9, .cap = 1.0}, random).size(), 1u);
}

TEST(MeanOfVisible, LeavesTheHiddenOut) {
  const std::vector<float> features{1, 10, 2, 20, 6, 60};
  std::array<float, 2> mean{};
  mean_of_visible(features, std::array<std::int32_t, 1>{1}, mean);
  EXPECT_FLOAT_EQ(mean[0], 3.5f);
  EXPECT_FLOAT_EQ(mean[1], 35.0f);
  mean_of_visible(features, {}, mean);
  EXPECT_FLOAT_EQ(mean[0], 3.0f);
}

}  // namespace
}  // namespace unimo::trainer
