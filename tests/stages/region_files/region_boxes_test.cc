#include "stages/region_files/region_boxes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace unimo::stages {
namespace {

using testing::ElementsAre;

RegionRow row_with(std::vector<float> boxes, std::int64_t width = 100, std::int64_t height = 50) {
  RegionRow row{.id = "1", .width = width, .height = height};
  row.count = static_cast<std::int64_t>(boxes.size() / 4);
  row.boxes = std::move(boxes);
  return row;
}

TEST(BoxesInPicture, PixelsBecomeShares) {
  BoxCounts counts;
  EXPECT_THAT(boxes_in_picture(row_with({10, 10, 50, 50}), counts),
              ElementsAre(0.1F, 0.2F, 0.5F, 1.0F));
  EXPECT_EQ(counts.clipped, 0);
}

TEST(BoxesInPicture, WhatStandsOverIsClippedAndCounted) {
  BoxCounts counts;
  EXPECT_THAT(boxes_in_picture(row_with({-10, 0, 120, 50, 0, 0, 100, 50}), counts),
              ElementsAre(0, 0, 1, 1, 0, 0, 1, 1));
  EXPECT_EQ(counts.clipped, 1);
}

TEST(BoxesInPicture, DegenerateBoxesKeepTheirPlace) {
  BoxCounts counts;
  const auto boxes = boxes_in_picture(row_with({50, 10, 20, 10, 0, 0, 50, 25}), counts);
  EXPECT_THAT(boxes, ElementsAre(0.5F, 0.2F, 0.5F, 0.2F, 0, 0, 0.5F, 0.5F));
  EXPECT_EQ(counts.degenerate, 1);
}

TEST(SizeFit, TellsTheOrderWhereBoxesLeaveThePicture) {
  EXPECT_EQ(size_fit(row_with({0, 0, 100, 50})), SizeFit::kAsTold);
  EXPECT_EQ(size_fit(row_with({0, 0, 50, 100})), SizeFit::kSwapped);
  EXPECT_EQ(size_fit(row_with({0, 0, 50, 50})), SizeFit::kBoth);
  EXPECT_EQ(size_fit(row_with({0, 0, 100, 100})), SizeFit::kNeither);
  EXPECT_EQ(size_fit(row_with({0, 0, 101, 51})), SizeFit::kAsTold);
}

TEST(SizeVote, MostRowsDecide) {
  SizeVote votes;
  votes.add(row_with({0, 0, 50, 100}));
  votes.add(row_with({0, 0, 50, 50}));
  EXPECT_TRUE(votes.swapped());
  votes.add(row_with({0, 0, 100, 50}));
  EXPECT_FALSE(votes.swapped());
}

}  // namespace
}  // namespace unimo::stages
