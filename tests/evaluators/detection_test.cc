#include "evaluators/detection.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace unimo::eval {
namespace {

DetectionSet one_class(std::vector<GoldObject> gold, std::vector<DetectedObject> detected) {
  return {.labels = 1, .gold = std::move(gold), .detected = std::move(detected)};
}

GoldObject gold_at(std::size_t image, DetectionBox box) {
  return {.image = image, .box = box, .area = box.area()};
}
DetectedObject found_at(std::size_t image, DetectionBox box, double score) {
  return {.image = image, .box = box, .score = score};
}

constexpr DetectionBox kBox = {10, 10, 50, 50};

TEST(BoxOverlap, IsTheShareOfTheSharedArea) {
  EXPECT_DOUBLE_EQ(box_overlap({0, 0, 10, 10}, {5, 0, 15, 10}), 50.0 / 150);
  EXPECT_EQ(box_overlap({0, 0, 10, 10}, {10, 0, 20, 10}), 0);
  EXPECT_EQ(box_overlap({3, 3, 3, 3}, {3, 3, 3, 3}), 0);
}

TEST(CocoDetection, IsOneForTheObjectsThemselves) {
  const auto scores = coco_detection(one_class({gold_at(0, kBox)}, {found_at(0, kBox, 0.9)}));
  EXPECT_DOUBLE_EQ(scores.ap, 1);
  EXPECT_DOUBLE_EQ(scores.ap_medium, 1);
  EXPECT_DOUBLE_EQ(scores.ar1, 1);
  EXPECT_TRUE(std::isnan(scores.ap_small));
}

// 1600 of 1760 are shared: 0.909, more than nine of the ten overlaps.
TEST(CocoDetection, CountsOverlapsUpToWhatTheBoxReaches) {
  const DetectionBox wider = {10, 10, 54, 50};
  const auto scores = coco_detection(one_class({gold_at(0, kBox)}, {found_at(0, wider, 0.9)}));
  EXPECT_DOUBLE_EQ(scores.ap, 0.9);
  EXPECT_DOUBLE_EQ(scores.ap75, 1);
}

// Right, wrong, right of two objects: precision 1 up to a recall of one half (51 of the 101
// recalls), then 2/3.
TEST(CocoDetection, TakesTheHighestPrecisionAtEachOf101Recalls) {
  const auto scores = coco_detection(one_class(
      {gold_at(0, kBox), gold_at(1, kBox)},
      {found_at(0, kBox, 0.9), found_at(0, {200, 200, 240, 240}, 0.8), found_at(1, kBox, 0.7)}));
  EXPECT_NEAR(scores.ap50, (51 + 50 * 2.0 / 3) / 101, 1e-12);
}

TEST(CocoDetection, LetsACrowdTakeAnyNumberOfBoxes) {
  GoldObject crowd = gold_at(0, {0, 0, 100, 100});
  crowd.is_crowd = true;
  const auto scores = coco_detection(one_class(
      {crowd, gold_at(1, kBox)}, {found_at(0, {0, 0, 20, 20}, 0.9),
                                  found_at(0, {50, 50, 70, 70}, 0.8), found_at(1, kBox, 0.7)}));
  EXPECT_DOUBLE_EQ(scores.ap, 1);
}

TEST(CocoDetection, PassesOverBoxesOfAnotherSize) {
  const DetectionBox small = {0, 0, 10, 10};
  const auto scores = coco_detection(one_class({gold_at(0, kBox), gold_at(0, small)},
                                               {found_at(0, kBox, 0.5), found_at(0, small, 0.9)}));
  EXPECT_DOUBLE_EQ(scores.ap_small, 1);
  EXPECT_DOUBLE_EQ(scores.ap_medium, 1);
  EXPECT_TRUE(std::isnan(scores.ap_large));
}

TEST(CocoDetection, IsNotDefinedWithoutObjects) {
  const auto scores = coco_detection(one_class({}, {found_at(0, kBox, 0.9)}));
  EXPECT_TRUE(std::isnan(scores.ap));
  EXPECT_TRUE(std::isnan(scores.ar100));
}

TEST(CocoDetection, IsNoughtWhereNothingWasFound) {
  const auto scores = coco_detection(one_class({gold_at(0, kBox)}, {}));
  EXPECT_EQ(scores.ap, 0);
  EXPECT_EQ(scores.ar100, 0);
}

// The same three: recalls 0 to 0.5 are six of eleven; the area is half at 1 and half at 2/3.
TEST(VocDetection, HasElevenRecallsOrAll) {
  const DetectionSet set = one_class(
      {gold_at(0, kBox), gold_at(1, kBox)},
      {found_at(0, kBox, 0.9), found_at(0, {200, 200, 240, 240}, 0.8), found_at(1, kBox, 0.7)});
  EXPECT_NEAR(voc_detection(set, VocRecalls::kEleven).mean, (6 + 5 * 2.0 / 3) / 11, 1e-12);
  EXPECT_NEAR(voc_detection(set, VocRecalls::kAll).mean, 0.5 + 0.5 * 2.0 / 3, 1e-12);
}

TEST(VocDetection, CountsASecondBoxOnAnObjectAsWrong) {
  const DetectionSet set = one_class({gold_at(0, kBox), gold_at(1, kBox)},
                                     {found_at(0, kBox, 0.9), found_at(0, kBox, 0.8)});
  EXPECT_DOUBLE_EQ(voc_detection(set, VocRecalls::kAll).mean, 0.5);
  const DetectionSet other_order =
      one_class({gold_at(0, kBox), gold_at(1, kBox)},
                {found_at(0, kBox, 0.9), found_at(0, kBox, 0.8), found_at(1, kBox, 0.7)});
  EXPECT_NEAR(voc_detection(other_order, VocRecalls::kAll).mean, 0.5 + 0.5 * 2.0 / 3, 1e-12);
}

TEST(VocDetection, WantsMoreThanTheOverlap) {
  const DetectionBox half = {10, 10, 50, 30};
  const DetectionSet set = one_class({gold_at(0, kBox)}, {found_at(0, half, 0.9)});
  EXPECT_EQ(voc_detection(set, VocRecalls::kAll, 0.5).mean, 0);
  EXPECT_EQ(voc_detection(set, VocRecalls::kAll, 0.49).mean, 1);
}

TEST(VocDetection, CountsHardObjectsNeitherWay) {
  GoldObject hard = gold_at(0, kBox);
  hard.is_hard = true;
  const DetectionSet set =
      one_class({hard, gold_at(1, kBox)}, {found_at(0, kBox, 0.9), found_at(1, kBox, 0.8)});
  const auto scores = voc_detection(set, VocRecalls::kAll);
  EXPECT_DOUBLE_EQ(scores.mean, 1);
  EXPECT_EQ(scores.objects[0], 1U);
}

TEST(VocDetection, WeighsClassesByTheirObjects) {
  DetectionSet set{
      .labels = 3, .gold = {gold_at(0, kBox), gold_at(1, kBox), gold_at(2, kBox)}, .detected = {}};
  set.gold[2].label = 1;
  set.detected = {found_at(0, kBox, 0.9), found_at(1, kBox, 0.8)};
  const auto scores = voc_detection(set, VocRecalls::kAll);
  EXPECT_DOUBLE_EQ(scores.mean, 0.5);
  EXPECT_DOUBLE_EQ(scores.weighted_mean, 2.0 / 3);
  EXPECT_TRUE(std::isnan(scores.ap[2]));
}

// The draws of tests/bench/scorers/detection_peer.py.
class Draws {
 public:
  explicit Draws(std::uint32_t seed) : state_(seed) {}
  int below(int size) {
    state_ = (state_ * 1103515245U + 12345U) & 0x7FFFFFFFU;
    return static_cast<int>(state_ >> 8) % size;
  }

 private:
  std::uint32_t state_;
};

class DrawnSet {
 public:
  explicit DrawnSet(std::uint32_t seed) : draws_(seed) { set_.labels = kClasses; }
  DetectionSet draw(std::size_t images) {
    for (std::size_t image = 0; image < images; ++image) {
      const int objects = draws_.below(7);
      for (int i = 0; i < objects; ++i) add_object(image);
      const int others = image % 9 != 0 ? draws_.below(5) : 130;
      for (int i = 0; i < others; ++i) add_stray(image);
    }
    return set_;
  }

 private:
  static constexpr int kClasses = 5;

  static DetectionBox box(int x, int y, int w, int h) {
    return {static_cast<double>(x), static_cast<double>(y), static_cast<double>(x + w),
            static_cast<double>(y + h)};
  }

  void add_object(std::size_t image) {
    const int label = draws_.below(kClasses);
    const int side = std::array{12, 60, 160}[static_cast<std::size_t>(draws_.below(3))];
    const int x = draws_.below(300), y = draws_.below(200);
    const int w = side / 2 + draws_.below(side), h = side / 2 + draws_.below(side);
    const bool crowd = draws_.below(12) == 0;
    set_.gold.push_back({.image = image,
                         .label = static_cast<std::size_t>(label),
                         .box = box(x, y, w, h),
                         .area = w * h * (60 + draws_.below(40)) / 100.0,
                         .is_crowd = crowd,
                         .is_hard = crowd});
    const int boxes = draws_.below(4);
    for (int i = 0; i < boxes; ++i) add_near(image, label, side, {x, y, w, h});
  }

  void add_near(std::size_t image, int label, int side, std::array<int, 4> at) {
    for (int& number : at) number += draws_.below(1 + side / 6);
    const int seen = draws_.below(5) != 0 ? label : draws_.below(kClasses);
    add(image, seen, box(at[0], at[1], at[2], at[3]), 20 + draws_.below(80));
  }

  void add_stray(std::size_t image) {
    const int label = draws_.below(kClasses);
    const int x = draws_.below(300), y = draws_.below(200);
    const int w = 5 + draws_.below(120), h = 5 + draws_.below(120);
    add(image, label, box(x, y, w, h), draws_.below(60));
  }

  void add(std::size_t image, int label, const DetectionBox& at, int hundredths) {
    set_.detected.push_back({.image = image,
                             .label = static_cast<std::size_t>(label),
                             .box = at,
                             .score = hundredths / 100.0});
  }

  Draws draws_;
  DetectionSet set_;
};

// By pycocotools 2.0.11 with numpy, in tests/bench/scorers/detection_peer.py.
TEST(CocoDetection, GivesTheNumbersOfPycocotools) {
  const DetectionSet set = DrawnSet(1).draw(40);
  ASSERT_EQ(set.gold.size(), 126U);
  ASSERT_EQ(set.detected.size(), 888U);
  const CocoDetection scores = coco_detection(set);
  constexpr double kSame = 1e-12;
  EXPECT_NEAR(scores.ap, 0.10146840586164171, kSame);
  EXPECT_NEAR(scores.ap50, 0.28378169939494263, kSame);
  EXPECT_NEAR(scores.ap75, 0.03809241419504246, kSame);
  EXPECT_NEAR(scores.ap_small, 0.17059427627112844, kSame);
  EXPECT_NEAR(scores.ap_medium, 0.09163187697938778, kSame);
  EXPECT_NEAR(scores.ap_large, 0.11694864308412266, kSame);
  EXPECT_NEAR(scores.ar1, 0.14295604395604397, kSame);
  EXPECT_NEAR(scores.ar10, 0.22986446886446887, kSame);
  EXPECT_NEAR(scores.ar100, 0.23176923076923078, kSame);
  EXPECT_NEAR(scores.ar_small, 0.258010101010101, kSame);
  EXPECT_NEAR(scores.ar_medium, 0.1977857142857143, kSame);
  EXPECT_NEAR(scores.ar_large, 0.24016666666666667, kSame);
}

// By the rule of py-faster-rcnn's voc_eval.py in numpy, in the same script.
TEST(VocDetection, GivesTheNumbersOfTheOriginal) {
  const DetectionSet set = DrawnSet(1).draw(40);
  constexpr double kSame = 1e-12;
  EXPECT_NEAR(voc_detection(set, VocRecalls::kAll).mean, 0.281919966631339, kSame);
  EXPECT_NEAR(voc_detection(set, VocRecalls::kEleven).mean, 0.29333549305224443, kSame);
  EXPECT_NEAR(voc_detection(set, VocRecalls::kAll).weighted_mean, 0.3003512938994385, kSame);
}

}  // namespace
}  // namespace unimo::eval
