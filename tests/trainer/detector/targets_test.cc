#include "trainer/detector/targets.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "trainer/detector/anchors.h"

namespace unimo::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kC = DetectorKind::kCaffe, kD = DetectorKind::kDetectron2;

Random fresh(std::uint64_t sample = 0) {
  return Random({.seed = 3, .stream = stream_of("targets"), .sample = sample});
}

// The published anchors on a map of 12 × 15 cells.
const MapSize kMap = {12, 15};
const PictureSize kSize = {240, 192};

Box anchor_box(std::int64_t number, DetectorKind kind) {
  const auto anchors = published_anchors(kind);
  const auto n = static_cast<std::size_t>(number);
  const auto cell = static_cast<int>(n / anchors.size());
  return shifted(anchors[n % anchors.size()], cell % kMap.columns, cell / kMap.columns);
}

std::vector<TrueObject> objects() {
  return {{.box = {20, 30, 90, 120}, .label = 2, .attributes = {4, 1}},
          {.box = {150, 60, 214, 100}, .label = 0, .attributes = {}},
          {.box = {5, 5, 14, 12}, .label = 1, .attributes = {0}}};
}

ChosenAnchors all_anchors(DetectorKind kind, const std::vector<TrueObject>& what) {
  Random random = fresh();
  const ProposalTraining rules{.anchors = 100000, .object_share = 1};
  return choose_anchors(published_anchors(kind), kMap, kSize, what, rules, kind, random);
}

float highest_overlap(const Box& box, const std::vector<TrueObject>& what, DetectorKind kind) {
  float most = 0;
  for (const TrueObject& object : what)
    most = std::max(most, overlap_of(box, object.box, side_extra(kind)));
  return most;
}

TEST(EncodeBox, IsUndoneByDecoding) {
  const Box anchor = {10, 20, 60, 90}, wanted = {14, 8, 80, 70};
  const Box edges = decode_box(anchor, encode_box(anchor, wanted, kD), kD);
  EXPECT_NEAR(edges.x1, 14, 1e-4);
  EXPECT_NEAR(edges.y2, 70, 1e-4);
  // Caffe decodes to the edge behind the last pixel.
  const Box pixels = decode_box(anchor, encode_box(anchor, wanted, kC), kC);
  EXPECT_NEAR(pixels.x1, 14, 1e-4);
  EXPECT_NEAR(pixels.x2, 81, 1e-4);
}

// The rule as it is written, an anchor at a time.
TEST(ChooseAnchors, TakesObjectsAndBackgroundByTheirOverlap) {
  for (const DetectorKind kind : {kC, kD}) {
    const auto what = objects();
    const auto targets = all_anchors(kind, what);
    const std::set<std::int64_t> found(targets.objects.begin(), targets.objects.end());
    const std::set<std::int64_t> background(targets.background.begin(), targets.background.end());
    const auto count = static_cast<std::int64_t>(kMap.rows * kMap.columns * 12);
    std::vector<float> best(what.size());
    const auto counts = [&](const Box& b) {
      return kind == kD || (b.x1 >= 0 && b.y1 >= 0 && b.x2 < 240 && b.y2 < 192);
    };
    for (std::int64_t n = 0; n < count; ++n) {
      const Box box = anchor_box(n, kind);
      for (std::size_t i = 0; counts(box) && i < what.size(); ++i)
        best[i] = std::max(best[i], overlap_of(box, what[i].box, side_extra(kind)));
    }
    for (std::int64_t n = 0; n < count; ++n) {
      const Box box = anchor_box(n, kind);
      const float most = highest_overlap(box, what, kind);
      bool wanted = most >= 0.7F;
      for (std::size_t i = 0; i < what.size(); ++i) {
        const float overlap = overlap_of(box, what[i].box, side_extra(kind));
        wanted = wanted || (overlap > 0 && overlap == best[i]);
      }
      wanted = wanted && counts(box);
      EXPECT_EQ(found.contains(n), wanted) << n;
      EXPECT_EQ(background.contains(n), counts(box) && !wanted && most < 0.3F) << n;
    }
  }
}

// Where no anchor that is best for an object overlaps another one more.
TEST(ChooseAnchors, GivesEachObjectAnAnchor) {
  auto what = objects();
  what[2].box = {120, 125, 225, 185};
  const auto targets = all_anchors(kC, what);
  std::set<std::size_t> given;
  for (std::size_t i = 0; i < targets.objects.size(); ++i) {
    const Box box = anchor_box(targets.objects[i], kC);
    const Box wanted = decode_box(box, targets.deltas[i], kC);
    for (std::size_t o = 0; o < what.size(); ++o) {
      if (std::abs(wanted.x1 - what[o].box.x1) < 0.01F) given.insert(o);
    }
  }
  EXPECT_THAT(given, ElementsAre(0, 1, 2));
}

TEST(ChooseAnchors, LeavesOutAnchorsThatLeaveThePictureInCaffe) {
  for (const std::int64_t n : all_anchors(kC, objects()).background) {
    const Box box = anchor_box(n, kC);
    EXPECT_GE(std::min(box.x1, box.y1), 0);
    EXPECT_LT(box.x2, 240);
    EXPECT_LT(box.y2, 192);
  }
}

TEST(ChooseAnchors, DrawsNoMoreThanAskedForAndNoMoreObjectsThanTheirShare) {
  const auto what = objects();
  const std::size_t all = all_anchors(kD, what).objects.size();
  ASSERT_GT(all, 2U);
  Random random = fresh();
  const ProposalTraining rules{.anchors = 8, .object_share = 0.25};
  const auto targets = choose_anchors(published_anchors(kD), kMap, kSize, what, rules, kD, random);
  EXPECT_EQ(targets.objects.size(), 2U);
  EXPECT_EQ(targets.background.size(), 6U);
  EXPECT_EQ(targets.deltas.size(), 2U);
}

TEST(ChooseAnchors, AreAllBackgroundWhereNothingIs) {
  Random random = fresh();
  const auto targets = choose_anchors(published_anchors(kC), kMap, kSize, {}, {}, kC, random);
  EXPECT_THAT(targets.objects, IsEmpty());
  EXPECT_EQ(targets.background.size(), 64U);
}

TEST(ChooseAnchors, AreNoneInATinyPictureOfCaffe) {
  Random random = fresh();
  const auto targets = choose_anchors(published_anchors(kC), {1, 1}, {16, 16}, {}, {}, kC, random);
  EXPECT_EQ(targets.count(), 0U);
}

TEST(ChooseAnchors, AreAFunctionOfTheKey) {
  const auto draw = [](std::uint64_t sample) {
    Random random = fresh(sample);
    return choose_anchors(published_anchors(kC), kMap, kSize, objects(), {}, kC, random).background;
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

TEST(ChooseRegions, PutsObjectsFirstWithTheirClassAndDelta) {
  const std::vector<Box> proposals = {
      {22, 28, 95, 118}, {150, 62, 210, 99}, {100, 130, 180, 180}, {0, 0, 239, 191}};
  Random random = fresh();
  const auto targets = choose_regions(proposals, objects(), {.regions = 64}, kC, random);
  // Two proposals and the three objects themselves; two are background.
  EXPECT_THAT(targets.labels, ElementsAre(2, 0, 2, 0, 1));
  EXPECT_EQ(targets.boxes.size(), 7U);
  const Box moved = decode_box(targets.boxes[0], targets.deltas[0], kC);
  EXPECT_NEAR(moved.x1, 20, 1e-3);
  EXPECT_NEAR(moved.y2, 121, 1e-3);
  EXPECT_FLOAT_EQ(targets.deltas[2].dw, 0);
}

TEST(ChooseRegions, DrawsOneAttributeOfSeveral) {
  std::set<int> seen;
  for (std::uint64_t sample = 0; sample < 32; ++sample) {
    Random random = fresh(sample);
    const auto targets = choose_regions({}, objects(), {}, kC, random);
    ASSERT_EQ(targets.attributes.size(), 3U);
    seen.insert(targets.attributes[0]);
    EXPECT_EQ(targets.attributes[1], -1);
    EXPECT_EQ(targets.attributes[2], 0);
  }
  EXPECT_THAT(seen, ElementsAre(1, 4));
}

TEST(ChooseRegions, FillsUpWithBackground) {
  std::vector<Box> proposals(200, Box{100, 130, 180, 180});
  Random random = fresh();
  const auto targets =
      choose_regions(proposals, objects(), {.regions = 16, .object_share = 0.125}, kC, random);
  EXPECT_EQ(targets.labels.size(), 2U);
  EXPECT_EQ(targets.boxes.size(), 16U);
}

TEST(ChooseRegions, LeavesOutWhatOverlapsTooLittleToBeBackground) {
  Random random = fresh();
  const auto targets = choose_regions(std::vector<Box>{{100, 130, 180, 180}}, objects(),
                                      {.background_overlap = 0.1}, kC, random);
  EXPECT_EQ(targets.boxes.size(), targets.labels.size());
}

TEST(ChooseRegions, AreAllBackgroundWhereNothingIs) {
  Random random = fresh();
  const auto targets = choose_regions(std::vector<Box>{{1, 2, 30, 40}}, {}, {}, kC, random);
  EXPECT_THAT(targets.labels, IsEmpty());
  EXPECT_EQ(targets.boxes.size(), 1U);
}

}  // namespace
}  // namespace unimo::trainer
