#include "evaluators/correlation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

using Values = std::vector<double>;

void expect_value(double value, const Json& expected, const std::string& what) {
  if (expected.is_string()) {
    EXPECT_TRUE(std::isnan(value)) << what;
  } else {
    EXPECT_NEAR(value, expected.get<double>(), 1e-12) << what;
  }
}

}  // namespace

TEST(Correlation, OfStsBIsThatOfTheGoldenFile) {
  UNIMO_NEEDS_GOLDEN("glue");
  Values gold, predicted;
  const auto lines = read_lines(golden("glue/STS-B.dev.preds.tsv")).value();
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::istringstream row(lines[i]);
    double index = 0;
    row >> index >> gold.emplace_back() >> predicted.emplace_back();
  }
  const Json expected = golden_json("glue/results.json")["STS-B.dev"];
  EXPECT_EQ(gold.size(), expected["n"].get<std::size_t>());
  EXPECT_NEAR(pearson(gold, predicted), expected["pearson"].get<double>(), 1e-12);
  EXPECT_NEAR(spearman(gold, predicted), expected["spearman"].get<double>(), 1e-12);
  EXPECT_NEAR((pearson(gold, predicted) + spearman(gold, predicted)) / 2,
              expected["mean"].get<double>(), 1e-12);
}

TEST(Correlation, FollowsSciPyAtTheEdges) {
  UNIMO_NEEDS_GOLDEN("glue");
  const Json cases = golden_json("glue/edge_cases.json")["correlation"];
  for (const Json& entry : cases) {
    const auto gold = entry["label"].get<Values>();
    const auto predicted = entry["pred"].get<Values>();
    const auto name = entry["name"].get<std::string>();
    const double linear = pearson(gold, predicted);
    const double ranked = spearman(gold, predicted);
    expect_value(linear, entry["pearson"], name);
    expect_value(ranked, entry["spearman"], name);
    expect_value((linear + ranked) / 2, entry["mean"], name);
  }
}

TEST(Correlation, IsUndefinedWithoutTwoDifferentNumbers) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(pearson({}, {})));
  EXPECT_TRUE(std::isnan(spearman({}, {})));
  EXPECT_TRUE(std::isnan(pearson(Values{1}, Values{2})));
  EXPECT_TRUE(std::isnan(spearman(Values{1, NAN, 3}, Values{1, 2, 3})));
  EXPECT_TRUE(std::isnan(pearson(Values{1, infinity, 3}, Values{1, 2, 3})));
  EXPECT_DOUBLE_EQ(spearman(Values{1, infinity, 3}, Values{1, 3, 2}), 1);
}

TEST(Correlation, DoesNotOverflow) {
  EXPECT_NEAR(pearson(Values{1e300, 2e300, 3e300}, Values{-1e-300, -2e-300, -3e-300}), -1, 1e-12);
}

TEST(Correlation, DoesNotDependOnTheOrderOfItems) {
  Values gold, predicted;
  for (int i = 0; i < 1000; ++i) {
    gold.push_back(i % 17);
    predicted.push_back(i % 23);
  }
  const double linear = pearson(gold, predicted);
  const double ranked = spearman(gold, predicted);
  std::reverse(gold.begin(), gold.end());
  std::reverse(predicted.begin(), predicted.end());
  EXPECT_NEAR(pearson(gold, predicted), linear, 1e-12);
  EXPECT_NEAR(spearman(gold, predicted), ranked, 1e-12);
}

TEST(MeanRanks, ShareTheRanksOfEqualValues) {
  EXPECT_EQ(mean_ranks(Values{3, 1, 3, 3, 0}), (Values{4, 2, 4, 4, 1}));
  EXPECT_EQ(mean_ranks(Values{2, 2, 1}), (Values{2.5, 2.5, 1}));
}

TEST(Correlation, SaysWhatItWasMadeFrom) {
  EXPECT_EQ(pearson_signature(1500), "pearson|items:1500|scale:100|version:1");
  EXPECT_EQ(spearman_signature(3), "spearman|ties:mean rank|items:3|scale:100|version:1");
}

}  // namespace unimo::eval
