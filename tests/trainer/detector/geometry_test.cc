#include <gmock/gmock.h>

#include "tests/trainer/detector/golden_blocks.h"
#include "trainer/data/random.h"
#include "trainer/detector/anchors.h"
#include "trainer/detector/box_coding.h"
#include "trainer/detector/proposals.h"
#include "trainer/detector/resize_plan.h"
#include "trainer/detector/suppression.h"

namespace unimo::trainer {
namespace {

using ::testing::ElementsAre;

constexpr DetectorKind kC = DetectorKind::kCaffe, kD = DetectorKind::kDetectron2;

TEST(Anchors, AreThoseOfCaffe) {
  UNIMO_GOLDEN_BLOCKS(golden);
  EXPECT_EQ(published_anchors(kC),
            boxes_of(golden.at("anchors_base16_ratios_0.5_1_2_scales_4_8_16_32")));
}

TEST(Anchors, OfDetectron2AreCentredAndNotRounded) {
  const auto anchors = published_anchors(kD);
  ASSERT_EQ(anchors.size(), 12U);
  const Box wide = anchors[0];  // size 64, ratio 0.5
  EXPECT_FLOAT_EQ(wide.x2, 64 / std::sqrt(0.5F) / 2);
  EXPECT_FLOAT_EQ(wide.y2, 64 * std::sqrt(0.5F) / 2);
  EXPECT_FLOAT_EQ(wide.x1, -wide.x2);
  EXPECT_EQ(anchors[4], (Box{-64, -64, 64, 64}));
}

TEST(Anchors, OfTheTwoKindsMapOneToOne) {
  const auto caffe = published_anchors(kC), other = published_anchors(kD);
  for (int i = 0; i < 12; ++i) {
    const int j = anchor_of_other_kind(i, kC);
    EXPECT_EQ(anchor_of_other_kind(j, kD), i);
    const Box& a = caffe[static_cast<std::size_t>(i)];
    const Box& b = other[static_cast<std::size_t>(j)];
    EXPECT_NEAR((a.x2 - a.x1 + 1) / (b.x2 - b.x1), 1, 0.05) << i;
    EXPECT_NEAR((a.y2 - a.y1 + 1) / (b.y2 - b.y1), 1, 0.07) << i;
  }
}

TEST(ResizePlan, HasTheScalesOfCaffe) {
  UNIMO_GOLDEN_BLOCKS(golden);
  for (const Json& picture : golden.at("resize")) {
    const auto plan = plan_resize(picture.at("w"), picture.at("h"), {});
    EXPECT_NEAR(plan.scale, picture.at("scale").get<double>(), 1e-9) << picture;
  }
}

TEST(ResizePlan, EnlargesSmallPictures) {
  const auto plan = plan_resize(300, 300, {});
  EXPECT_EQ(plan.width, 600);
  EXPECT_EQ(plan.height, 600);
}

TEST(ResizePlan, LeavesAThinPictureTwoRows) {
  const auto plan = plan_resize(1800, 3, {});
  EXPECT_EQ(plan.width, 1000);
  EXPECT_EQ(plan.height, 2);
}

TEST(ResizePlan, OfDetectron2CutsAfterAddingAHalf) {
  const DetectorRules rules{
      .behaviour = std::string(kDetectron2Name), .short_side = 800, .long_side = 1333};
  const auto plan = plan_resize(640, 480, rules);
  EXPECT_EQ(plan.width, 1067);
  EXPECT_EQ(plan.height, 800);
  const auto wide = plan_resize(1000, 400, rules);
  EXPECT_EQ(wide.width, 1333);
  EXPECT_EQ(wide.height, 533);
}

TEST(BoxCoding, DecodesAsTheReferenceDoes) {
  UNIMO_GOLDEN_BLOCKS(golden);
  const Json& blocks = golden.at("box_decode");
  for (std::size_t i = 0; i < blocks.at("boxes").size(); ++i) {
    const Box box = box_of(blocks["boxes"][i]);
    for (const std::size_t first : {0, 4}) {
      const Box delta = box_of(blocks["deltas_two_classes"][i], first);
      const Box seen = decode_box(box, {delta.x1, delta.y1, delta.x2, delta.y2}, kC);
      const Box wanted = box_of(blocks["decoded"][i], first);
      const Box clipped = clip_box(seen, {.width = 280, .height = 240}, kC);
      const Box inside = box_of(blocks["clipped_to_h240_w280"][i], first);
      for (const auto side : {&Box::x1, &Box::y1, &Box::x2, &Box::y2}) {
        EXPECT_NEAR(seen.*side, wanted.*side, 1e-3) << i;
        EXPECT_NEAR(clipped.*side, inside.*side, 1e-3) << i;
      }
    }
  }
}

TEST(BoxCoding, HugeDeltasStayInsideThePicture) {
  for (const auto kind : {kC, kD}) {
    const Box box = clip_box(decode_box({10, 10, 20, 20}, {1e30F, -1e30F, 1e30F, 1e30F}, kind),
                             {.width = 100, .height = 50}, kind);
    for (const auto side : {&Box::x1, &Box::y1, &Box::x2, &Box::y2}) {
      EXPECT_GE(box.*side, 0);
      EXPECT_LE(box.*side, 100);
    }
  }
}

TEST(BoxCoding, OfDetectron2HasNoPixelMore) {
  EXPECT_EQ(decode_box({2, 4, 12, 8}, {}, kD), (Box{2, 4, 12, 8}));
  EXPECT_EQ(clip_box({-1, -1, 99, 99}, {.width = 9, .height = 8}, kD), (Box{0, 0, 9, 8}));
}

TEST(Suppression, KeepsWhatTheReferenceKeeps) {
  UNIMO_GOLDEN_BLOCKS(golden);
  const Json& nms = golden.at("nms");
  const auto boxes = boxes_of(nms.at("dets_x1y1x2y2score"));
  std::vector<float> scores;
  for (const Json& row : nms["dets_x1y1x2y2score"]) scores.push_back(row[4]);
  EXPECT_EQ(suppress(boxes, scores, 0.3, kC), nms.at("keep_0.3").get<std::vector<std::uint32_t>>());
  EXPECT_EQ(suppress(boxes, scores, 0.7, kC), nms.at("keep_0.7").get<std::vector<std::uint32_t>>());
}

TEST(Suppression, AtTheThresholdDiffersBetweenTheKinds) {
  // Overlap exactly one half: 2 × 1 of 4 × 1 in either convention.
  const std::vector<float> scores = {0.9F, 0.8F};
  const std::vector<Box> inclusive = {{0, 0, 2, 0}, {1, 0, 3, 0}};
  EXPECT_THAT(suppress(inclusive, scores, 0.5, kC), ElementsAre(0));
  const std::vector<Box> edges = {{0, 0, 3, 1}, {1, 0, 4, 1}};
  EXPECT_THAT(suppress(edges, scores, 0.5, kD), ElementsAre(0, 1));
}

TEST(Suppression, OfEqualScoresTheLowerNumberStays) {
  const std::vector<Box> boxes = {{0, 0, 9, 9}, {0, 0, 9, 9}, {50, 50, 60, 60}};
  EXPECT_THAT(suppress(boxes, std::vector<float>{0.5F, 0.5F, 0.5F}, 0.7, kC), ElementsAre(0, 2));
}

TEST(Suppression, EndsWhenEnoughAreKept) {
  const std::vector<Box> boxes = {{0, 0, 1, 1}, {10, 10, 11, 11}, {20, 20, 21, 21}};
  EXPECT_THAT(suppress(boxes, std::vector<float>{0.1F, 0.3F, 0.2F}, 0.7, kC, 2), ElementsAre(1, 2));
}

// The same against the rule as one would write it down.
TEST(Suppression, AgreesWithTheSlowRule) {
  Random random({.seed = 5, .stream = stream_of("suppression")});
  for (const auto kind : {kC, kD}) {
    std::vector<Box> boxes;
    std::vector<float> scores;
    for (int i = 0; i < 400; ++i) {
      const auto x = static_cast<float>(random.uniform() * 80),
                 y = static_cast<float>(random.uniform() * 80);
      boxes.push_back({x, y, x + 5 + static_cast<float>(random.uniform() * 30),
                       y + 5 + static_cast<float>(random.uniform() * 30)});
      scores.push_back(static_cast<float>(random.below(50)) / 50);
    }
    std::vector<std::uint32_t> kept;
    for (const std::uint32_t i : best_first(scores)) {
      const bool fine = std::ranges::none_of(kept, [&](std::uint32_t other) {
        const double overlap = overlap_of(boxes[i], boxes[other], side_extra(kind));
        return kind == kC ? overlap >= 0.4 : overlap > 0.4;
      });
      if (fine) kept.push_back(i);
    }
    EXPECT_EQ(suppress(boxes, scores, 0.4, kind), kept);
  }
}

// Two cells side by side with one anchor each.
struct SmallMap {
  std::vector<float> scores, deltas = std::vector<float>(8, 0.0F);
  std::vector<Box> anchors = {{0, 0, 15, 15}};
  Proposals proposals(const DetectorRules& rules, double scale = 1) const {
    return propose({.rows = 1, .columns = 2, .scores = scores, .deltas = deltas}, anchors,
                   {.width = 32, .height = 16}, scale, rules);
  }
};

TEST(Proposals, ComeBestFirst) {
  const SmallMap map{.scores = {0.2F, 0.7F}};
  const auto found = map.proposals({});
  EXPECT_THAT(found.boxes, ElementsAre(Box{16, 0, 31, 15}, Box{0, 0, 16, 15}));
  EXPECT_THAT(found.scores, ElementsAre(0.7F, 0.2F));
}

TEST(Proposals, OfCaffeAreAsLargeAsTheScaleDemands) {
  const SmallMap map{.scores = {0.2F, 0.7F}};
  EXPECT_EQ(map.proposals({}, 1.01).boxes.size(), 0U);
  const DetectorRules other{.behaviour = std::string(kDetectron2Name)};
  EXPECT_EQ(map.proposals(other, 1.01).boxes.size(), 2U);
}

TEST(Proposals, ReadTheMapsAnchorFirst) {
  const std::vector<Box> anchors = {{0, 0, 15, 15}, {0, 0, 31, 31}};
  const std::vector<float> scores = {0.9F, 0.1F, 0.2F, 0.3F};
  std::vector<float> deltas(16, 0.0F);
  deltas[8] = 1;  // of the second anchor, x, in the first cell
  const auto found = propose({.rows = 1, .columns = 2, .scores = scores, .deltas = deltas}, anchors,
                             {.width = 100, .height = 100}, 1, {});
  EXPECT_THAT(found.scores, ElementsAre(0.9F, 0.3F, 0.2F, 0.1F));
  ASSERT_EQ(found.boxes.size(), 4U);
  EXPECT_EQ(found.boxes[2].x1, 32);
}

}  // namespace
}  // namespace unimo::trainer
