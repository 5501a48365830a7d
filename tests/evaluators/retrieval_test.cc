#include "evaluators/retrieval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

struct Matrix {
  std::vector<float> values;
  std::size_t images = 0;
  std::vector<std::size_t> image_of_caption;
  SimilarityView view() const {
    return {values, images, image_of_caption.size(), image_of_caption};
  }
};

Matrix golden_matrix() {
  Matrix matrix;
  const auto lines = read_lines(golden("retrieval/similarity.tsv"));
  for (const std::string& line : lines.value()) {
    if (line.starts_with('#')) continue;
    std::istringstream row(line);
    for (float value = 0; row >> value;) matrix.values.push_back(value);
    ++matrix.images;
  }
  matrix.image_of_caption =
      golden_json("retrieval/index.json")["image_of_caption"].get<std::vector<std::size_t>>();
  return matrix;
}

Matrix tied_matrix(const Json& ties) {
  Matrix matrix;
  for (const Json& row : ties["similarity"]) {
    for (const Json& value : row) matrix.values.push_back(value.get<float>());
    ++matrix.images;
  }
  matrix.image_of_caption = ties["image_of_caption"].get<std::vector<std::size_t>>();
  return matrix;
}

void expect_direction(const DirectionScores& scores, const Json& expected) {
  EXPECT_EQ(Json(scores.ranks), expected["ranks_0based"]);
  EXPECT_DOUBLE_EQ(scores.recall.r1, expected["R@1"].get<double>());
  EXPECT_DOUBLE_EQ(scores.recall.r5, expected["R@5"].get<double>());
  EXPECT_DOUBLE_EQ(scores.recall.r10, expected["R@10"].get<double>());
  EXPECT_DOUBLE_EQ(scores.median_rank, expected["median_rank"].get<double>());
  EXPECT_DOUBLE_EQ(scores.mean_rank, expected["mean_rank"].get<double>());
}

Matrix constant(std::size_t images, std::size_t captions_per_image) {
  Matrix matrix;
  matrix.images = images;
  for (std::size_t i = 0; i < images * captions_per_image; ++i) {
    matrix.image_of_caption.push_back(i / captions_per_image);
  }
  matrix.values.assign(images * matrix.image_of_caption.size(), 0.5F);
  return matrix;
}

}  // namespace

TEST(Retrieval, AgreesWithTheGoldenRanks) {
  UNIMO_NEEDS_GOLDEN("retrieval");
  const Matrix matrix = golden_matrix();
  const Json expected = golden_json("retrieval/expected.json");
  for (const TieRule rule : {TieRule::kOptimistic, TieRule::kPessimistic, TieRule::kIndexOrder}) {
    const Retrieval scores = retrieval(matrix.view(), rule);
    expect_direction(scores.image_to_text, expected["image_to_text"]);
    expect_direction(scores.text_to_image, expected["text_to_image"]);
    EXPECT_NEAR(scores.mean_recall, expected["mean_of_six_recalls"].get<double>(), 1e-9);
  }
}

TEST(Retrieval, BreaksTiesByEachRule) {
  UNIMO_NEEDS_GOLDEN("retrieval");
  const Json ties = golden_json("retrieval/ties.json");
  const Matrix matrix = tied_matrix(ties);
  for (const char* name : {"optimistic", "pessimistic", "index_order"}) {
    const Json& expected = ties["policies"][name];
    const Retrieval scores = retrieval(matrix.view(), parse_tie_rule(name).value());
    EXPECT_EQ(Json(scores.image_to_text.ranks), expected["image_to_text_ranks"]) << name;
    EXPECT_EQ(Json(scores.text_to_image.ranks), expected["text_to_image_ranks"]) << name;
    EXPECT_NEAR(scores.image_to_text.recall.r1, expected["i2t_R@1"].get<double>(), 1e-9) << name;
    EXPECT_NEAR(scores.text_to_image.recall.r5, expected["t2i_R@5"].get<double>(), 1e-9) << name;
  }
}

TEST(Retrieval, OfConstantScoresIsNotPerfectUnlessTiesAreOptimistic) {
  const Matrix matrix = constant(20, 5);
  EXPECT_EQ(retrieval(matrix.view(), TieRule::kPessimistic).image_to_text.recall.r10, 0);
  EXPECT_EQ(retrieval(matrix.view(), TieRule::kPessimistic).text_to_image.recall.r10, 0);
  EXPECT_EQ(retrieval(matrix.view(), TieRule::kIndexOrder).text_to_image.recall.r1, 5);
  EXPECT_EQ(retrieval(matrix.view(), TieRule::kOptimistic).mean_recall, 100);
}

TEST(Retrieval, StatesWhatChanceReaches) {
  const Retrieval scores = retrieval(constant(1000, 5).view(), TieRule::kPessimistic);
  EXPECT_NEAR(scores.text_to_image.chance.r1, 0.1, 1e-12);
  EXPECT_NEAR(scores.text_to_image.chance.r10, 1.0, 1e-12);
  EXPECT_NEAR(scores.image_to_text.chance.r1, 0.1, 1e-12);
  // 1 - C(4995,10)/C(5000,10)
  EXPECT_NEAR(scores.image_to_text.chance.r10, 0.99641, 1e-4);
}

TEST(Retrieval, TakesAnyNumberOfCaptionsAnImage) {
  Matrix matrix;
  matrix.images = 2;
  matrix.image_of_caption = {1, 0, 1};
  matrix.values = {0.1F, 0.9F, 0.2F, 0.8F, 0.3F, 0.7F};
  const Retrieval scores = retrieval(matrix.view(), TieRule::kPessimistic);
  EXPECT_EQ(scores.image_to_text.ranks, (std::vector<std::size_t>{0, 0}));
  EXPECT_EQ(scores.text_to_image.ranks, (std::vector<std::size_t>{0, 0, 0}));
}

TEST(Retrieval, OfTheRightPairsFirstIsAHundred) {
  Matrix matrix = constant(5, 3);
  for (std::size_t image = 0; image < 5; ++image)
    for (std::size_t c = 0; c < 15; ++c)
      matrix.values[image * 15 + c] = matrix.image_of_caption[c] == image ? 1.0F : 0.0F;
  const Retrieval scores = retrieval(matrix.view(), TieRule::kIndexOrder);
  EXPECT_EQ(scores.mean_recall, 100);
  EXPECT_EQ(scores.image_to_text.median_rank, 1);
}

TEST(Retrieval, DoesNotDependOnTheOrderOfImages) {
  UNIMO_NEEDS_GOLDEN("retrieval/similarity.tsv");
  const Matrix matrix = golden_matrix();
  const std::size_t captions = matrix.image_of_caption.size();
  Matrix turned = matrix;  // the last image first
  for (std::size_t image = 0; image < matrix.images; ++image)
    std::copy_n(matrix.values.begin() + static_cast<std::ptrdiff_t>(image * captions), captions,
                turned.values.begin() +
                    static_cast<std::ptrdiff_t>((matrix.images - 1 - image) * captions));
  for (std::size_t& image : turned.image_of_caption) image = matrix.images - 1 - image;
  const Retrieval before = retrieval(matrix.view(), TieRule::kPessimistic);
  const Retrieval after = retrieval(turned.view(), TieRule::kPessimistic);
  EXPECT_EQ(after.text_to_image.ranks, before.text_to_image.ranks);
  auto ranks = after.image_to_text.ranks;
  std::reverse(ranks.begin(), ranks.end());
  EXPECT_EQ(ranks, before.image_to_text.ranks);
  EXPECT_DOUBLE_EQ(after.mean_recall, before.mean_recall);
}

TEST(TieRule, IsRefusedByNameWhenUnknown) {
  const auto rule = parse_tie_rule("lucky");
  ASSERT_FALSE(rule.has_value());
  EXPECT_NE(rule.error().message.find("lucky"), std::string::npos);
}

}  // namespace unimo::eval
