#include "stages/region_files/region_row.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "stages/region_files/originals.h"
#include "tests/stages/region_files/made_rows.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

constexpr made::Shape kEverything{.classes = 3,
                                  .attributes = 2,
                                  .class_ids = true,
                                  .attribute_ids = true,
                                  .labels = true,
                                  .confidences = true};

TEST(RowParser, KeepsTheFirstMistake) {
  RowParser parser;
  parser.number("x", "first", 0, 9);
  parser.number("y", "second", 0, 9);
  EXPECT_EQ(parser.take().detail, "first: \"x\" is no whole number");
}

TEST(RowParser, InfinityInAFeatureIsFoundByRegionAndNumber) {
  RowParser parser;
  parser.regions("2");
  const std::vector<float> values = {1, 2, 3, 4, std::numeric_limits<float>::infinity(), 6};
  std::vector<float> read;
  parser.floats(base64_of(values), "features", read);
  EXPECT_EQ(parser.take().detail, "features: number 1 of region 1 is inf");
}

TEST(RowParser, WholeNumbersOfAllSizesComeBack) {
  RowParser parser;
  parser.regions("2");
  const std::vector<std::int64_t> values = {std::numeric_limits<std::int64_t>::min(), 1599};
  std::vector<std::int64_t> read;
  parser.whole_numbers(base64_of(values), "objects_id", read);
  EXPECT_EQ(read, values);
}

TEST(CheckRow, ListsOfOtherLengthsAreRefused) {
  RegionRow row = made::row("7", kEverything);
  EXPECT_TRUE(check_row(row));
  row.labels.pop_back();
  EXPECT_THAT(check_row(row).error().message, HasSubstr("image 7"));
}

TEST(Originals, GiveBackEverythingOfARow) {
  const RegionRow row = made::row("7", kEverything);
  EXPECT_EQ(decode_original(encode_original(row), "x").value(), row);
}

TEST(Originals, CutRecordsAreRefused) {
  const auto bytes = encode_original(made::row("7", kEverything));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_original(std::span(bytes).first(size), "x").has_value()) << size;
}

}  // namespace
}  // namespace unimo::stages
