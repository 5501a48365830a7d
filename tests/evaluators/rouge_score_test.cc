// rouge_score against values that the Python package rouge_score 0.1.2 gave for the same texts.
#include "evaluators/rouge_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "evaluators/common_subsequence.h"

namespace unimo::eval {

namespace {

using testing::HasSubstr;

constexpr double kExact = 1e-15;

struct Case {
  SummaryItem item;
  std::array<std::array<double, 3>, kRougeScoreTypes> expected;  // precision, recall, F
};

void expect_values(const std::vector<Case>& cases, bool use_stemmer) {
  for (const Case& entry : cases) {
    const std::vector<SummaryItem> items = {entry.item};
    const RougeScore scores = rouge_score(items, {.use_stemmer = use_stemmer}).value();
    for (std::size_t type = 0; type < kRougeScoreTypes; ++type) {
      const RougeScoreValue& seen = scores.documents[0][type];
      const auto& [precision, recall, f] = entry.expected[type];
      EXPECT_NEAR(seen.precision, precision, kExact) << entry.item.candidate << " type " << type;
      EXPECT_NEAR(seen.recall, recall, kExact) << entry.item.candidate << " type " << type;
      EXPECT_NEAR(seen.fmeasure, f, kExact) << entry.item.candidate << " type " << type;
    }
  }
}

const SummaryItem kCat = {"the cat sat on the mat.\nIt slept.",
                          {"a cat was sitting on a mat\nit sleeps"}};
const SummaryItem kFox = {"The quick brown fox jumps over the lazy dog",
                          {"The quick brown dog jumps on the log."}};
const SummaryItem kSky = {"Geologies, flies and skies\nwere enjoying it",
                          {"the geology of flying in the sky\nhe enjoys"}};
const SummaryItem kSwapped = {"second one here\nfirst one there",
                              {"first one there\nsecond one here"}};

// The subsequence in the table of all lengths, traced as the programs do.
std::vector<char> marks_by_table(const std::vector<WordId>& reference,
                                 const std::vector<WordId>& candidate) {
  const std::size_t rows = reference.size(), columns = candidate.size();
  std::vector<std::vector<int>> table(rows + 1, std::vector<int>(columns + 1, 0));
  for (std::size_t i = 1; i <= rows; ++i) {
    for (std::size_t j = 1; j <= columns; ++j) {
      table[i][j] = reference[i - 1] == candidate[j - 1]
                        ? table[i - 1][j - 1] + 1
                        : std::max(table[i - 1][j], table[i][j - 1]);
    }
  }
  std::vector<char> marked(rows, 0);
  for (std::size_t i = rows, j = columns; i > 0 && j > 0;) {
    if (reference[i - 1] == candidate[j - 1]) {
      marked[--i] = 1;
      --j;
    } else if (table[i - 1][j] >= table[i][j - 1]) {
      --i;
    } else {
      --j;
    }
  }
  return marked;
}

std::vector<WordId> random_words(std::mt19937& random, std::size_t count, unsigned distinct) {
  std::vector<WordId> words(count);
  for (WordId& word : words) word = static_cast<WordId>(random() % distinct);
  return words;
}

}  // namespace

TEST(RougeScore, GivesThePackagesValuesWithoutStemmer) {
  expect_values(
      {{kCat,
        {{{0.5, 0.4444444444444444, 0.47058823529411764},
          {0.14285714285714285, 0.125, 0.13333333333333333},
          {0.5, 0.4444444444444444, 0.47058823529411764},
          {0.5, 0.4444444444444444, 0.47058823529411764}}}},
       {kFox,
        {{{0.6666666666666666, 0.75, 0.7058823529411765},
          {0.25, 0.2857142857142857, 0.26666666666666666},
          {0.5555555555555556, 0.625, 0.5882352941176471},
          {0.5555555555555556, 0.625, 0.5882352941176471}}}},
       {kSky, {}},
       {kSwapped, {{{1, 1, 1}, {0.8, 0.8, 0.8000000000000002}, {0.5, 0.5, 0.5}, {1, 1, 1}}}},
       {{"", {"something"}}, {}},
       {{"nothing", {"..."}}, {}}},
      false);
}

TEST(RougeScore, GivesThePackagesValuesWithStemmer) {
  expect_values({{kSky,
                  {{{0.5714285714285714, 0.4444444444444444, 0.5},
                    {0, 0, 0},
                    {0.5714285714285714, 0.4444444444444444, 0.5},
                    {0.5714285714285714, 0.4444444444444444, 0.5}}}}},
                true);
}

TEST(RougeScore, LowersCharactersThatBecomeAscii) {
  // The Kelvin sign is a k; the dotted capital I an i and a mark that ends the word.
  expect_values({{{"300\u212A \u0130stanbul caf\u00E9", {"300k i stanbul caf"}},
                  {{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}}}},
                false);
}

TEST(RougeScore, TakesTheReferenceOfTheBestFForEachType) {
  const std::vector<SummaryItem> items = {{"a b c d", {"a b x y z q", "d c b a"}}};
  const RougeScore scores = rouge_score(items, {}).value();
  EXPECT_EQ(scores.documents[0][kGoogleRouge1].fmeasure, 1);
  EXPECT_NEAR(scores.documents[0][kGoogleRouge2].precision, 1.0 / 3, kExact);
  EXPECT_NEAR(scores.documents[0][kGoogleRougeL].recall, 2.0 / 6, kExact);
}

TEST(RougeScore, AveragesPlainly) {
  const std::vector<SummaryItem> items = {{"a b", {"a b"}}, {"", {"a"}}, {"a x", {"a y"}}};
  const RougeScore scores = rouge_score(items, {.threads = 2}).value();
  EXPECT_DOUBLE_EQ(scores.corpus[kGoogleRouge1].fmeasure, 0.5);
}

TEST(RougeScore, ScoresTheSameOnAnyNumberOfThreads) {
  std::vector<SummaryItem> items;
  for (int i = 0; i < 100; ++i) items.insert(items.end(), {kCat, kFox, kSky, kSwapped});
  const RougeScore one = rouge_score(items, {.use_stemmer = true, .threads = 1}).value();
  const RougeScore three = rouge_score(items, {.use_stemmer = true, .threads = 3}).value();
  for (std::size_t type = 0; type < kRougeScoreTypes; ++type) {
    EXPECT_EQ(one.corpus[type].fmeasure, three.corpus[type].fmeasure);
  }
}

TEST(RougeScore, RefusesAnItemWithoutReference) {
  const auto scores = rouge_score(std::vector<SummaryItem>{{"a", {}}}, {});
  ASSERT_FALSE(scores.has_value());
  EXPECT_THAT(scores.error().message, HasSubstr("summary 1 of 1 has no reference"));
}

TEST(RougeScore, SaysHowItWasMade) {
  EXPECT_EQ(rouge_score_signature(std::vector<SummaryItem>{kCat}, {.use_stemmer = true}),
            "rouge_score|like:0.1.2|n:1-2,L,Lsum|summaries:1|refs:1|stem:porter-nltk|scale:100|"
            "version:1");
}

TEST(CommonSubsequence, MarksWhatTheTableMarks) {
  std::mt19937 random(7);
  CommonSubsequence common;
  for (int round = 0; round < 400; ++round) {
    const auto distinct = static_cast<unsigned>(1 + random() % 40);
    const auto reference = random_words(random, random() % 200, distinct);
    const auto candidate = random_words(random, random() % 200, distinct + 3);
    const std::vector<char> expected = marks_by_table(reference, candidate);
    std::vector<char> marked(reference.size(), 0);
    common.set_reference(reference);
    common.mark(candidate, marked);
    ASSERT_EQ(marked, expected) << "round " << round;
    ASSERT_EQ(common.length(candidate),
              static_cast<std::size_t>(std::count(expected.begin(), expected.end(), 1)));
  }
}

TEST(CommonSubsequence, MarksTheSameWhenColumnsAreComputedInPieces) {
  std::mt19937 random(8);
  const auto reference = random_words(random, 6'000, 50);   // 94 blocks
  const auto candidate = random_words(random, 15'000, 50);  // above a million blocks of columns
  std::vector<char> marked(reference.size(), 0);
  CommonSubsequence common;
  common.set_reference(reference);
  common.mark(candidate, marked);
  EXPECT_EQ(marked, marks_by_table(reference, candidate));
}

}  // namespace unimo::eval
