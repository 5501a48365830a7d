#include "stages/regions/region_plan.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "stages/regions/region_classes.h"
#include "stages/regions/windows.h"

namespace unimo::stages {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ImageRecord image_with_box(std::array<double, 4> box) {
  return {.id = "17", .width = 200, .height = 100, .regions = {{.box = box, .label = "ball"}}};
}

TEST(Windows, AreThirtyFiveInThreeSizes) {
  const auto windows = grid_windows();
  ASSERT_EQ(windows.size(), 35U);
  EXPECT_EQ(windows[0], (CellBox{0, 0, 12, 12}));
  EXPECT_EQ(windows[1], (CellBox{0, 0, 6, 6}));
  EXPECT_EQ(windows[2], (CellBox{3, 0, 9, 6}));
  EXPECT_EQ(windows[9], (CellBox{6, 6, 12, 12}));
  EXPECT_EQ(windows[10], (CellBox{0, 0, 4, 4}));
  EXPECT_EQ(windows[34], (CellBox{8, 8, 12, 12}));
}

TEST(Windows, MirroredGridIsTheSameSetOfWindows) {
  const auto windows = grid_windows();
  for (const CellBox& window : windows) {
    EXPECT_NE(std::ranges::find(windows, mirrored(window)), windows.end());
  }
}

TEST(Windows, CutCellsCountInPart) {
  const auto overlaps = cell_overlaps(1.25F, 3.5F);
  EXPECT_FLOAT_EQ(overlaps[0], 0);
  EXPECT_FLOAT_EQ(overlaps[1], 0.75F);
  EXPECT_FLOAT_EQ(overlaps[2], 1);
  EXPECT_FLOAT_EQ(overlaps[3], 0.5F);
}

TEST(RegionPlan, BoxesFollowTheWindowsAsSharesOfThePicture) {
  const auto plan = plan_regions(image_with_box({50, 25, 100, 100}), 10);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->boxes.size(), 36U);
  EXPECT_THAT(plan->boxes[35], ElementsAre(0.25F, 0.25F, 0.5F, 1.0F));
  EXPECT_EQ(plan->cells[35], (CellBox{3, 3, 6, 12}));
  EXPECT_THAT(plan->labels, ElementsAre("ball"));
}

TEST(RegionPlan, MirroringTwiceChangesNothing) {
  const auto plan = plan_regions(image_with_box({50, 25, 100, 100}), 10);
  ASSERT_TRUE(plan);
  EXPECT_EQ(mirrored(*plan).cells[35], (CellBox{6, 3, 9, 12}));
  EXPECT_EQ(mirrored(mirrored(*plan)).cells, plan->cells);
}

TEST(RegionPlan, KeepsAtMostTheWantedBoxes) {
  EXPECT_EQ(plan_regions(image_with_box({0, 0, 1, 1}), 0)->boxes.size(), 35U);
}

TEST(RegionPlan, RefusesABoxOutsideItsPicture) {
  for (const std::array<double, 4>& box :
       {std::array<double, 4>{0, 0, 201, 50}, {-1, 0, 50, 50}, {10, 10, 10, 20}, {0, 0, 5, 101}}) {
    const auto plan = plan_regions(image_with_box(box), 10);
    ASSERT_FALSE(plan);
    EXPECT_THAT(plan.error().message, HasSubstr("image 17: box 0"));
    EXPECT_THAT(plan.error().message, HasSubstr("200x100"));
  }
}

TEST(RegionClasses, LabelsThatAreWordsShareTheirClass) {
  const WordList words = make_word_list({caption_words("dogs ball"), caption_words("dogs ball")},
                                        {.min_documents = 1, .max_words = 10});
  const auto classes = RegionClasses::make(words, {"Dog", "traffic light", "traffic light"});
  ASSERT_TRUE(classes);
  EXPECT_THAT(classes->names(), ElementsAre("ball", "dogs", "traffic light"));
  EXPECT_EQ(classes->find("dog"), 1);
  EXPECT_EQ(classes->find("Traffic Light"), 2);
  EXPECT_EQ(classes->find("zebra"), -1);
}

TEST(RegionClasses, AnAnnotatedLabelBecomesTheLikeliestClass) {
  std::vector<std::uint16_t> classes = {4, 7, 9};
  std::vector<float> probabilities = {0.5F, 0.3F, 0.2F};
  put_label_first(7, classes, probabilities);
  EXPECT_THAT(classes, ElementsAre(7, 4, 9));
  EXPECT_FLOAT_EQ(probabilities[0], 0.9F);
  EXPECT_FLOAT_EQ(probabilities[1], 0.05F);
  put_label_first(1, classes, probabilities);
  EXPECT_THAT(classes, ElementsAre(1, 7, 4));
}

}  // namespace
}  // namespace unimo::stages
