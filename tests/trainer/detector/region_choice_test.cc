#include "trainer/detector/region_choice.h"

#include <gmock/gmock.h>

#include "tests/trainer/detector/golden_blocks.h"
#include "tests/trainer/detector/plain_choice.h"
#include "trainer/data/random.h"

namespace unimo::trainer {
namespace {

using ::testing::ElementsAre;

struct GoldenSelection {
  std::vector<Box> boxes;
  std::vector<float> probabilities, max_conf;
  ClassTable table;
  explicit GoldenSelection(const Json& block)
      : boxes(boxes_of(block.at("proposals"))),
        max_conf(block.at("max_conf").get<std::vector<float>>()) {
    for (const Json& row : block.at("class_prob_incl_background_first"))
      for (const Json& value : row) probabilities.push_back(value);
    table = {probabilities, probabilities.size() / boxes.size()};
  }
};

TEST(RegionChoice, HasTheConfidencesOfTheReference) {
  UNIMO_GOLDEN_BLOCKS(golden);
  const GoldenSelection selection(golden.at("selection"));
  EXPECT_EQ(class_wise_confidence(selection.boxes, selection.table, 0.3), selection.max_conf);
}

TEST(RegionChoice, ChoosesWhatTheReferenceChooses) {
  UNIMO_GOLDEN_BLOCKS(golden);
  const Json& block = golden.at("selection");
  const GoldenSelection selection(block);
  const auto confidence = class_wise_confidence(selection.boxes, selection.table, 0.3);
  const auto check = [&](const char* key, const ChoiceRules& rules) {
    EXPECT_EQ(choose_confident(confidence, rules), block.at(key).get<std::vector<std::uint32_t>>())
        << key;
  };
  check("keep_thr0.2_min10_max100", {0.2, 10, 100});
  check("keep_thr0.6_min10_max20", {0.6, 10, 20});
  check("keep_thr0.97_min10_max100", {0.97, 10, 100});
  check("keep_thr0.2_min10_max20", {0.2, 10, 20});
}

struct Scene {
  std::vector<Box> boxes;
  std::vector<float> probabilities;
  std::size_t columns = 0;
  ClassTable table() const { return {probabilities, columns}; }
};

// `sharpness` 0: all classes alike; `steps` above 0: equal values abound. Of boxes that lie within
// `extent` pixels few are apart, or many.
constexpr double kClose = 200, kWide = 2000;
Scene scene(int boxes, std::size_t columns, double sharpness, int steps, std::uint64_t seed,
            double extent = kClose) {
  Scene made{.columns = columns};
  Random random({.seed = seed, .stream = stream_of("scene")});
  for (int i = 0; i < boxes; ++i) {
    const double x = random.uniform() * extent, y = random.uniform() * extent;
    made.boxes.push_back({static_cast<float>(x), static_cast<float>(y),
                          static_cast<float>(x + 20 + random.uniform() * 100),
                          static_cast<float>(y + 20 + random.uniform() * 100)});
    double sum = 0;
    std::vector<double> row(columns);
    for (double& value : row) sum += value = std::exp(sharpness * random.normal());
    for (const double value : row) {
      const double p = value / sum;
      made.probabilities.push_back(static_cast<float>(
          steps > 0 ? std::floor(p * steps * static_cast<double>(columns)) / steps : p));
    }
  }
  return made;
}

TEST(RegionChoice, EqualsOneSuppressionForEachClass) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    for (const double sharpness : {0.0, 1.0, 4.0}) {
      for (const double extent : {kClose, 500.0, kWide}) {
        const Scene s = scene(90, 150, sharpness, 0, seed, extent);
        EXPECT_EQ(class_wise_confidence(s.boxes, s.table(), 0.3),
                  plain_confidence(s.boxes, s.table(), 0.3))
            << extent;
      }
    }
  }
}

TEST(RegionChoice, BreaksTiesAsOneSuppressionForEachClassDoes) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    for (const double extent : {kClose, 500.0}) {
      const Scene s = scene(120, 70, 1.0, 3, seed, extent);
      EXPECT_EQ(class_wise_confidence(s.boxes, s.table(), 0.3),
                plain_confidence(s.boxes, s.table(), 0.3));
    }
  }
}

// While it is asked about one neighbour, another one turns out to be kept. Boxes far away make it
// many places.
TEST(RegionChoice, SeesWhatItFoundOutOnTheWay) {
  std::vector<Box> boxes(3, Box{0, 0, 9, 9});
  std::vector<float> probabilities = {0, 0.1F, 0, 0.2F, 0, 0.3F};
  std::vector<float> wanted = {0, 0, 0.3F};
  for (int i = 0; i < 40; ++i) {
    const auto at = static_cast<float>(100 + 20 * i);
    boxes.push_back({at, 0, at + 9, 9});
    probabilities.insert(probabilities.end(), {0, 0.5F});
    wanted.push_back(0.5F);
  }
  EXPECT_EQ(class_wise_confidence(boxes, {probabilities, 2}, 0.3), wanted);
}

TEST(RegionChoice, HandlesBoxesOnTopOfEachOther) {
  Scene s = scene(64, 40, 2.0, 0, 9);
  std::ranges::fill(s.boxes, Box{1, 2, 30, 40});
  EXPECT_EQ(class_wise_confidence(s.boxes, s.table(), 0.3),
            plain_confidence(s.boxes, s.table(), 0.3));
}

TEST(RegionChoice, GivesNothingForNoProposals) {
  EXPECT_TRUE(class_wise_confidence({}, {{}, 5}, 0.3).empty());
  EXPECT_TRUE(choose_confident({}, {}).empty());
  EXPECT_TRUE(choose_apart({}, {}, 0.3, {}).empty());
}

TEST(RegionChoice, TakesAllWhereThereAreTooFew) {
  const std::vector<float> confidence = {0.1F, 0.5F, 0.1F};
  EXPECT_THAT(choose_confident(confidence, {0.2, 10, 100}), ElementsAre(1, 0, 2));
}

TEST(RegionChoice, CountsAConfidenceAtTheMinimum) {
  EXPECT_THAT(choose_confident(std::vector<float>{0.5F, 0.25F, 0.125F}, {0.25, 1, 10}),
              ElementsAre(0, 1));
}

TEST(RegionChoice, OfDetectron2LoosensUntilEnoughStay) {
  // Each overlaps the first by 0.6.
  const std::vector<Box> boxes = {{0, 0, 4, 1}, {1, 0, 5, 1}, {20, 0, 21, 1}};
  const std::vector<float> scores = {0.9F, 0.8F, 0.7F};
  EXPECT_THAT(choose_apart(boxes, scores, 0.3, {.min_regions = 2, .max_regions = 9}),
              ElementsAre(0, 2));
  EXPECT_THAT(choose_apart(boxes, scores, 0.3, {.min_regions = 3, .max_regions = 9}),
              ElementsAre(0, 1, 2));
  EXPECT_THAT(choose_apart(boxes, scores, 0.3, {.min_regions = 3, .max_regions = 1}),
              ElementsAre(0));
}

TEST(RegionChoice, OfDetectron2GivesTheLastTryWhereNoneIsEnough) {
  const std::vector<Box> boxes = {{0, 0, 4, 4}, {0, 0, 4, 4}};
  EXPECT_THAT(choose_apart(boxes, std::vector<float>{0.4F, 0.5F}, 0.5, {.min_regions = 10}),
              ElementsAre(1));
}

TEST(RegionChoice, OfEqualClassesTheFirstIsLikeliest) {
  EXPECT_EQ(likeliest(std::vector<float>{0.1F, 0.4F, 0.4F}), 1U);
}

}  // namespace
}  // namespace unimo::trainer
