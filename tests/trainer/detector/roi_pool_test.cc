#include "trainer/detector/roi_pool.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/trainer/detector/golden_blocks.h"
#include "trainer/data/random.h"

namespace unimo::trainer {
namespace {

struct Map {
  MapShape shape;
  std::vector<float> values;  // [rows, columns, channels]
};

Map map_of(const Json& planes) {
  Map map{.shape = {.rows = static_cast<int>(planes[0].size()),
                    .columns = static_cast<int>(planes[0][0].size()),
                    .channels = static_cast<int>(planes.size())}};
  for (std::size_t y = 0; y < planes[0].size(); ++y)
    for (std::size_t x = 0; x < planes[0][0].size(); ++x)
      for (const Json& plane : planes) map.values.push_back(plane[y][x]);
  return map;
}

std::vector<float> pooled(const Map& map, const std::vector<Box>& boxes, int bins,
                          int threads = 1) {
  const RoiPooling how{.map = map.shape, .bins = bins, .threads = threads};
  std::vector<float> out(boxes.size() * static_cast<std::size_t>(bins * bins * map.shape.channels));
  roi_max_pool(map.values, boxes, how, out);
  return out;
}

TEST(RoiPool, HasTheMaximaOfTheReference) {
  UNIMO_GOLDEN_BLOCKS(golden);
  const Json& block = golden.at("roi_pool");
  const Map map = map_of(block.at("feature_CHW"));
  const auto boxes = boxes_of(block.at("rois_x1y1x2y2"));
  const auto channels = static_cast<std::size_t>(map.shape.channels);
  const auto seen = pooled(map, boxes, 3);
  for (std::size_t b = 0; b < boxes.size(); ++b)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < 9; ++i)
        EXPECT_EQ(seen[(b * 9 + i) * channels + c],
                  block["pooled_3x3"][b][c][i / 3][i % 3].get<float>());
}

TEST(RoiPool, HasTheSumsOfTheReferenceAtFourteenBins) {
  UNIMO_GOLDEN_BLOCKS(golden);
  const Json& block = golden.at("roi_pool");
  const Map map = map_of(block.at("feature_CHW"));
  const auto boxes = boxes_of(block.at("rois_x1y1x2y2"));
  const auto seen = pooled(map, boxes, 14);
  const std::size_t size = seen.size() / boxes.size();
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    const double sum =
        std::accumulate(seen.begin() + static_cast<std::ptrdiff_t>(b * size),
                        seen.begin() + static_cast<std::ptrdiff_t>((b + 1) * size), 0.0);
    EXPECT_NEAR(sum, block["pooled_14x14_sum_per_roi"][b].get<double>(), 1e-3);
  }
}

Map random_map(int rows, int columns, int channels) {
  Map map{.shape = {rows, columns, channels}};
  Random random({.seed = 3, .stream = stream_of("map")});
  for (int i = 0; i < rows * columns * channels; ++i)
    map.values.push_back(static_cast<float>(random.normal()));
  return map;
}

std::vector<Box> random_boxes(int count, float width, float height) {
  std::vector<Box> boxes;
  Random random({.seed = 4, .stream = stream_of("boxes")});
  for (int i = 0; i < count; ++i) {
    const float x = static_cast<float>(random.uniform()) * width;
    const float y = static_cast<float>(random.uniform()) * height;
    boxes.push_back({x, y, x + static_cast<float>(random.uniform()) * (width - x),
                     y + static_cast<float>(random.uniform()) * (height - y)});
  }
  return boxes;
}

TEST(RoiPool, DoesNotDependOnTheNumberOfThreads) {
  const Map map = random_map(19, 25, 130);
  const auto boxes = random_boxes(70, 400, 300);
  EXPECT_EQ(pooled(map, boxes, 7, 1), pooled(map, boxes, 7, 3));
}

TEST(RoiPool, KnowsWhereTheMaximaStand) {
  const Map map = random_map(9, 12, 70);
  auto boxes = random_boxes(20, 190, 140);
  boxes.push_back({500, 500, 600, 600});  // outside: every bin is empty
  const RoiPooling how{.map = map.shape, .bins = 4};
  const auto maxima = pooled(map, boxes, 4);
  std::vector<std::int64_t> places(maxima.size());
  roi_max_places(map.values, boxes, how, places);
  for (std::size_t i = 0; i < maxima.size(); ++i) {
    const float there = places[i] < 0 ? 0.0F : map.values[static_cast<std::size_t>(places[i])];
    ASSERT_EQ(maxima[i], there) << i;
  }
  EXPECT_EQ(places.back(), -1);
}

TEST(RoiPool, AcceptsAMapOfOneRow) {
  const Map map = random_map(1, 63, 3);
  const auto out = pooled(map, {{0, 0, 999, 1}}, 14);
  EXPECT_EQ(out[0],
            std::max({map.values[0], map.values[3], map.values[6], map.values[9], map.values[12]}));
}

}  // namespace
}  // namespace unimo::trainer
