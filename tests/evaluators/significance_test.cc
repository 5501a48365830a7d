#include "evaluators/significance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "evaluators/bleu.h"
#include "evaluators/correlation.h"

namespace unimo::eval {

namespace {

using Values = std::vector<double>;

// Deterministic, in [0, 1), without a pattern that matters here.
double noise(std::size_t i) {
  const double value = std::sin(static_cast<double>(i) * 12.9898) * 43758.5453;
  return value - std::floor(value);
}

Values noisy(std::size_t count, double shift, std::size_t stream) {
  Values values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(shift + noise(i + 1000 * stream));
  return values;
}

SignificanceOptions quick(int threads = 1) { return {.resamples = 1000, .threads = threads}; }

ItemStatistics statistics(const std::vector<CaptionItem>& items) {
  ItemStatistics result{.width = kBleuStatistics};
  const CountedItems counted = count_ngrams(items);
  for (const CountedItem& item : counted.items) {
    const auto numbers = bleu_statistics(bleu_counts(item));
    result.values.insert(result.values.end(), numbers.begin(), numbers.end());
  }
  return result;
}

double bleu4(std::span<const double> sums) { return bleu_of_counts(bleu_counts_of(sums))[3]; }

// How often a true difference of zero is called significant at 5 %.
template <class Test>
int false_alarms(const Test& test) {
  int alarms = 0;
  for (std::size_t run = 0; run < 200; ++run) {
    const auto score = mean_score(noisy(60, 0, 2 * run), noisy(60, 0, 2 * run + 1));
    if (test(60, score, SignificanceOptions{.resamples = 300, .seed = run}).p <= 0.05) ++alarms;
  }
  return alarms;
}

}  // namespace

TEST(Significance, OfEqualSystemsIsNone) {
  const Values values = noisy(100, 0, 1);
  const auto score = mean_score(values, values);
  EXPECT_EQ(paired_bootstrap(100, score, quick()).p, 1);
  EXPECT_EQ(approximate_randomization(100, score, quick()).p, 1);
  EXPECT_EQ(paired_bootstrap(100, score, quick()).high, 0);
}

TEST(Significance, OfALargeDifferenceIsClear) {
  const auto score = mean_score(noisy(200, 0.5, 1), noisy(200, 0, 2));
  const Significance bootstrap = paired_bootstrap(200, score, quick());
  EXPECT_NEAR(bootstrap.p, 1.0 / 1001, 1e-12);
  EXPECT_GT(bootstrap.low, 0);
  EXPECT_LT(bootstrap.low, bootstrap.difference);
  EXPECT_GT(bootstrap.high, bootstrap.difference);
  EXPECT_NEAR(approximate_randomization(200, score, quick()).p, 1.0 / 1001, 1e-12);
}

TEST(Significance, IsTheSameWhicheverSystemComesFirst) {
  const Values a = noisy(80, 0.1, 1);
  const Values b = noisy(80, 0, 2);
  for (const auto& test : {paired_bootstrap, approximate_randomization}) {
    const Significance forward = test(80, mean_score(a, b), quick());
    const Significance backward = test(80, mean_score(b, a), quick());
    EXPECT_DOUBLE_EQ(forward.difference, -backward.difference);
    EXPECT_EQ(forward.p, backward.p);
  }
}

TEST(Significance, DoesNotDependOnTheNumberOfThreads) {
  const auto score = mean_score(noisy(150, 0.05, 1), noisy(150, 0, 2));
  for (const auto& test : {paired_bootstrap, approximate_randomization}) {
    const Significance one = test(150, score, quick());
    const Significance three = test(150, score, quick(3));
    EXPECT_EQ(one.p, three.p);
    EXPECT_TRUE(one.low == three.low || std::isnan(one.low));
    EXPECT_TRUE(one.high == three.high || std::isnan(one.high));
  }
}

TEST(Significance, DependsOnTheSeed) {
  const auto score = mean_score(noisy(50, 0.05, 1), noisy(50, 0, 2));
  auto other = quick();
  other.seed = 2;
  EXPECT_NE(paired_bootstrap(50, score, quick()).low, paired_bootstrap(50, score, other).low);
}

TEST(Bootstrap, ApproachesTheStandardErrorOfAMean) {
  const Values a = noisy(400, 0, 1);
  const Values b = noisy(400, 0, 2);
  double mean = 0;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean += (a[i] - b[i]) / 400;
    squares += (a[i] - b[i]) * (a[i] - b[i]) / 400;
  }
  const double error = std::sqrt((squares - mean * mean) / 400);
  const Significance result = paired_bootstrap(400, mean_score(a, b), {.resamples = 20'000});
  EXPECT_NEAR(result.low, mean - 1.96 * error, 0.06 * error);
  EXPECT_NEAR(result.high, mean + 1.96 * error, 0.06 * error);
}

TEST(Randomization, ApproachesTheExactSignTest) {
  // The first system wins all of 5 items by 1: 2 of the 2^5 shuffles are as large.
  const auto score = mean_score(Values{1, 1, 1, 1, 1}, Values{0, 0, 0, 0, 0});
  EXPECT_NEAR(approximate_randomization(5, score, {.resamples = 50'000}).p, 2.0 / 32, 0.004);
}

TEST(Bootstrap, ApproachesTheExactShareOfResamples) {
  // 1 win, 3 ties of 4 items: a resample without the win is a tie, (3/4)^4 of them.
  const auto score = mean_score(Values{1, 0, 0, 0}, Values{0, 0, 0, 0});
  EXPECT_NEAR(paired_bootstrap(4, score, {.resamples = 50'000}).p, std::pow(0.75, 4), 0.008);
}

TEST(Significance, RarelyAlarmsWithoutACause) {
  EXPECT_LE(false_alarms(approximate_randomization), 20);  // 10 expected of 200
  EXPECT_LE(false_alarms(paired_bootstrap), 34);           // one-sided, so 20 expected
}

TEST(Significance, OfBleuUsesSumsOfCounts) {
  std::vector<CaptionItem> good, bad;
  for (int i = 0; i < 60; ++i) {
    const std::string reference = "a man rides horse number " + std::to_string(i) + " in the sun";
    good.push_back({i % 4 == 0 ? "a dog rides" : reference, {reference}});
    bad.push_back({i % 4 == 0 ? reference : "a man rides a bicycle", {reference}});
  }
  const auto score = score_of_sums(statistics(good), statistics(bad), bleu4);
  const Significance result = paired_bootstrap(60, score, quick(2));
  EXPECT_DOUBLE_EQ(result.first, bleu(count_ngrams(good)).corpus[3]);
  EXPECT_DOUBLE_EQ(result.second, bleu(count_ngrams(bad)).corpus[3]);
  EXPECT_LT(result.p, 0.01);
  EXPECT_LT(approximate_randomization(60, score, quick(2)).p, 0.01);
}

TEST(Significance, OfScoresThatAreNoSumsCallsThemBack) {
  const Values gold = noisy(60, 0, 1);
  Values outputs;  // of both systems: the first follows the gold values, the second does not
  for (std::size_t i = 0; i < 60; ++i) outputs.push_back(gold[i] + 0.2 * noise(i + 7000));
  for (std::size_t i = 0; i < 60; ++i) outputs.push_back(noise(i + 9000));
  const CorpusScore score = [&](std::span<const std::size_t> rows) {
    Values truth, predicted;
    for (const std::size_t row : rows) {
      truth.push_back(gold[row % 60]);
      predicted.push_back(outputs[row]);
    }
    return pearson(truth, predicted);
  };
  EXPECT_LT(paired_bootstrap(60, score, quick()).p, 0.01);
  EXPECT_LT(approximate_randomization(60, score, quick()).p, 0.01);
}

TEST(Significance, CountsUndefinedResamplesAgainstTheDifference) {
  // Pearson of two items is undefined whenever a resample draws one of them twice.
  const CorpusScore score = [](std::span<const std::size_t> rows) {
    Values truth, predicted;
    for (const std::size_t row : rows) {
      truth.push_back(static_cast<double>(row % 2));
      predicted.push_back(row < 2 ? static_cast<double>(row) : -static_cast<double>(row));
    }
    return pearson(truth, predicted);
  };
  const Significance result = paired_bootstrap(2, score, quick());
  EXPECT_NEAR(result.undefined, 500, 60);
  EXPECT_NEAR(result.p, 0.5, 0.06);
}

TEST(Significance, OfNoItemsIsNone) {
  const auto score = mean_score({}, {});
  EXPECT_EQ(paired_bootstrap(0, score, quick()).p, 1);
  EXPECT_EQ(approximate_randomization(0, score, quick()).p, 1);
  EXPECT_EQ(paired_bootstrap(0, score, {.resamples = 0}).p, 1);
}

TEST(Significance, SaysWhatItWasMadeFrom) {
  EXPECT_EQ(bootstrap_signature(5, {}),
            "paired_bootstrap|items:5|resamples:10000|seed:1|confidence:0.95|sides:1|version:1");
  EXPECT_EQ(randomization_signature(5, {}),
            "approximate_randomization|items:5|resamples:10000|seed:1|sides:2|version:1");
}

}  // namespace unimo::eval
