// How work for a device is cut: segments, tiles, packed calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "trainer/cuda/attention_plan.h"
#include "trainer/cuda/segments.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;

TEST(Segments, RowsOfOneNumberLieTogetherInTheirOldOrder) {
  const std::vector<std::int32_t> ids = {3, 0, 3, 7, 0, 3};
  const SegmentPlan plan = plan_segments(ids, 8);
  EXPECT_THAT(plan.ids, ElementsAre(0, 3, 7));
  EXPECT_THAT(plan.order, ElementsAre(1, 4, 0, 2, 5, 3));
  EXPECT_THAT(plan.pieces, ElementsAre(0, 2, 5, 6));
  EXPECT_THAT(plan.segments, ElementsAre(0, 1, 2, 3));
}

TEST(Segments, ALongSegmentHasSeveralPieces) {
  const std::vector<std::int32_t> ids(2 * kPieceRows + 1, 1);
  const SegmentPlan plan = plan_segments(ids, 2);
  EXPECT_THAT(plan.ids, ElementsAre(1));
  EXPECT_THAT(plan.segments, ElementsAre(0, 3));
  EXPECT_THAT(plan.pieces, ElementsAre(0, kPieceRows, 2 * kPieceRows, 2 * kPieceRows + 1));
}

TEST(Segments, RowsWithoutANumberAreLeftOut) {
  const std::vector<std::int32_t> ids = {-1, 2, -1, 2, 0};
  const SegmentPlan plan = plan_segments(ids, 3);
  EXPECT_THAT(plan.ids, ElementsAre(0, 2));
  EXPECT_THAT(plan.order, ElementsAre(4, 1, 3));
  EXPECT_THAT(plan.pieces, ElementsAre(0, 1, 3));
}

TEST(Segments, NoRowsAreNoSegments) {
  const SegmentPlan plan = plan_segments({}, 5);
  EXPECT_TRUE(plan.ids.empty());
  EXPECT_THAT(plan.segments, ElementsAre(0));
  EXPECT_THAT(plan.pieces, ElementsAre(0));
}

// An image of 70 rows, two captions behind it, and a text alone.
std::vector<AttentionSpan> image_with_captions() {
  return {{.begin = 0, .end = 70},
          {.begin = 70, .end = 75, .context_begin = 0, .context_end = 70, .causal = true},
          {.begin = 75, .end = 79, .context_begin = 0, .context_end = 70, .causal = true},
          {.begin = 79, .end = 82}};
}

TEST(AttentionTiles, CoverEveryRowAsQueryOnce) {
  std::set<std::int32_t> seen;
  for (const QueryTile& tile : plan_tiles(image_with_captions()).query_tiles) {
    for (std::int32_t row = tile.begin; row < tile.end; ++row)
      EXPECT_TRUE(seen.insert(row).second) << row;
  }
  EXPECT_EQ(seen.size(), 82U);
}

// Every pair of query and key that the spans allow must meet in exactly one tile of keys.
TEST(AttentionTiles, KeysAreSeenByExactlyTheSpansThatSeeThem) {
  const auto spans = image_with_captions();
  const TilePlan plan = plan_tiles(spans);
  std::map<std::pair<std::int32_t, std::int32_t>, int> pairs;  // span, key
  for (const KeyTile& tile : plan.key_tiles) {
    for (std::int32_t v = tile.viewers_begin; v < tile.viewers_end; ++v) {
      const std::int32_t viewer = plan.viewers[static_cast<std::size_t>(v)];
      for (std::int32_t key = tile.begin; key < tile.end; ++key) {
        if (plan.spans[static_cast<std::size_t>(viewer)].column_of(key) >= 0)
          ++pairs[{viewer, key}];
      }
    }
  }
  std::size_t wanted = 0;
  for (const SpanColumns& span : plan.spans) wanted += static_cast<std::size_t>(span.count());
  EXPECT_EQ(pairs.size(), wanted);
  for (const auto& [pair, times] : pairs) EXPECT_EQ(times, 1) << pair.first << " " << pair.second;
}

TEST(FlashPlan, TextsAloneAreOneCallOverTheRowsAsTheyAre) {
  const FlashPlan plan = plan_flash({{.begin = 0, .end = 3}, {.begin = 3, .end = 8}}, 8);
  EXPECT_TRUE(plan.whole);
  ASSERT_EQ(plan.calls.size(), 1U);
  EXPECT_FALSE(plan.calls[0].causal);
  EXPECT_THAT(plan.calls[0].query_begins, ElementsAre(0, 3, 8));
  EXPECT_EQ(plan.calls[0].longest_key, 5);
}

TEST(FlashPlan, CaptionsSeeCopiesOfTheirImage) {
  const FlashPlan plan = plan_flash(image_with_captions(), 82);
  EXPECT_FALSE(plan.whole);
  ASSERT_EQ(plan.calls.size(), 2U);
  EXPECT_THAT(plan.calls[0].query_begins, ElementsAre(0, 70, 73));
  EXPECT_THAT(plan.calls[1].query_begins, ElementsAre(0, 5, 9));
  EXPECT_THAT(plan.calls[1].key_begins, ElementsAre(0, 75, 149));
  EXPECT_EQ(plan.calls[1].key_rows[75], 0);
  EXPECT_EQ(plan.calls[1].key_rows[148], 78);
  EXPECT_TRUE(plan.calls[1].causal);
}

TEST(FlashPlan, RowsFindTheirQueriesAgain) {
  const FlashPlan plan = plan_flash(image_with_captions(), 82);
  std::vector<std::int32_t> all;
  for (const FlashCall& call : plan.calls)
    all.insert(all.end(), call.query_rows.begin(), call.query_rows.end());
  for (std::int32_t row = 0; row < 82; ++row)
    EXPECT_EQ(all[static_cast<std::size_t>(plan.place_of[static_cast<std::size_t>(row)])], row);
}

TEST(FlashPlan, EveryRowGetsTheGradientsOfItsKeys) {
  const FlashPlan plan = plan_flash(image_with_captions(), 82);
  EXPECT_EQ(plan.keys.ids.size(), 82U);
  EXPECT_EQ(plan.keys.order.size(), 70U + 3 + 75 + 74);
}

}  // namespace
}  // namespace unimo::trainer
