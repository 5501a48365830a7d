// ROUGE-1.5.5 on cases done by hand; rouge155_golden_test.cc has those of the Perl program.
#include "evaluators/rouge155.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/evaluators/rouge_cases.h"

namespace unimo::eval {

namespace {

using testing::HasSubstr;

std::vector<SummaryItem> some_items() {
  return {summary_item("the cat sat on the mat .\nit slept .",
                       "a cat was sitting on a mat .\nit sleeps"),
          summary_item("dogs run", "the dogs were running home"),
          summary_item("", "nothing was said"),
          summary_item("well - known facts", "facts\nthat are well known"),
          summary_item("one\ntwo\nthree", "three two one")};
}

// Of one item, without exception lists.
std::array<RougeTriple, kRougeMeasures> score_one(std::string candidate,
                                                  std::vector<std::string> references) {
  return score({{std::move(candidate), std::move(references)}}).documents[0];
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST(Rouge155, OfAPerfectSummaryIsOne) {
  for (const RougeTriple& triple : score_one("a cat sat\non the mat", {"a cat sat\non the mat"})) {
    expect_triple(triple, {1, 1, 1}, "perfect");
  }
}

TEST(Rouge155, OfAnEmptyCandidateIsZeroAndCounts) {
  const Rouge155 scores = score({summary_item("", "a b"), summary_item("a b", "a b")});
  expect_triple(scores.documents[0][kRouge1], {0, 0, 0}, "empty");
  EXPECT_LT(scores.corpus[kRouge1].f.mean, 0.6);
}

TEST(Rouge155, OfNothingIsZero) {
  const Rouge155 scores = score({});
  EXPECT_EQ(scores.corpus[kRouge1].f.mean, 0);
  EXPECT_TRUE(scores.documents.empty());
}

TEST(Rouge155, AddsUpSeveralReferences) {
  // hits 2 and 1, reference words 2 and 4, candidate words twice 3
  expect_triple(score_one("a b c", {"a b", "c x y z"})[kRouge1],
                {five_decimals(3.0 / 6), five_decimals(3.0 / 6), 0.5}, "two references");
}

TEST(Rouge155, RefusesAnItemWithoutReference) {
  const auto scores = rouge155(std::vector<SummaryItem>{summary_item("a", "a"), {"b", {}}}, {});
  ASSERT_FALSE(scores.has_value());
  EXPECT_EQ(scores.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(scores.error().message, HasSubstr("summary 2 of 2 has no reference"));
}

TEST(Rouge155, ScoresTheSameOnAnyNumberOfThreads) {
  std::vector<SummaryItem> items;
  for (int i = 0; i < 100; ++i) {
    for (SummaryItem& next : std::vector(some_items())) items.push_back(std::move(next));
  }
  const Rouge155 one = score(items, {.threads = 1});
  const Rouge155 three = score(items, {.threads = 3});
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t k = 0; k < kRougeMeasures; ++k) {
      EXPECT_EQ(one.documents[i][k].f, three.documents[i][k].f);
    }
  }
  for (std::size_t k = 0; k < kRougeMeasures; ++k) {
    EXPECT_EQ(one.corpus[k].f.mean, three.corpus[k].f.mean);
    EXPECT_EQ(one.corpus[k].f.low, three.corpus[k].f.low);
  }
}

TEST(Rouge155, ScoresADocumentAloneAsAmongOthers) {
  const auto items = some_items();
  const Rouge155 together = score(items);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Rouge155 alone = score({items[i]});
    for (std::size_t k = 0; k < kRougeMeasures; ++k) {
      EXPECT_EQ(alone.documents[0][k].f, together.documents[i][k].f) << i;
      EXPECT_EQ(alone.corpus[k].f.mean, together.documents[i][k].f) << i;
    }
  }
}

TEST(Rouge155, ScoresDocumentsTheSameInAnyOrder) {
  auto items = some_items();
  const Rouge155 scores = score(items);
  std::reverse(items.begin(), items.end());
  const Rouge155 reversed = score(items);
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t k = 0; k < kRougeMeasures; ++k) {
      EXPECT_EQ(scores.documents[i][k].f, reversed.documents[items.size() - 1 - i][k].f);
    }
  }
}

TEST(Rouge155, TakesAnyBytes) {
  const std::string bytes = std::string("ab\0cd \xFF\xFE gh", 11);
  expect_triple(score_one(bytes, {"ab cd gh"})[kRouge1], {1, 1, 1}, "bytes");
}

TEST(Rouge155, ScoresALongWordThatStemsAsAnyOther) {
  const std::string word = repeated("yb", 500'000);
  expect_triple(score_one(word + "s", {word})[kRouge1], {1, 1, 1}, "long word");
}

TEST(Rouge155, ScoresSentencesOfAHundredThousandWords) {
  const auto scores = score_one(repeated("a b ", 50'000), {repeated("b c ", 50'000)});
  expect_triple(scores[kRouge1], {0.5, 0.5, 0.5}, "ROUGE-1");
  expect_triple(scores[kRougeL], {0.5, 0.5, 0.5}, "ROUGE-L");
}

TEST(Rouge155, SaysHowItWasMade) {
  const std::vector<SummaryItem> items = {summary_item("a", "a"), {"b", {"b", "c"}}};
  EXPECT_EQ(rouge155_signature(items, {}),
            "rouge155|n:1-2,L|summaries:2|refs:1-2|stem:porter-1.5.5|f:0.5|average:bootstrap-1000|"
            "ci:95|order:pyrouge|scale:100|version:1");
}

TEST(FiveDecimals, RoundAsPrintfDoes) {
  for (int denominator = 1; denominator < 400; ++denominator) {
    for (int hits = 0; hits <= denominator; ++hits) {
      const double value = static_cast<double>(hits) / denominator;
      ASSERT_EQ(five_decimals(value), std::stod(fmt::format("{:.5f}", value))) << value;
    }
  }
  // Exactly half-way, which only multiples of 1/64 and the like can be.
  for (const double value : {0.015625 / 32, 0.046875 / 32, 1.0 / 64, 3.0 / 64, 0.5}) {
    EXPECT_EQ(five_decimals(value), std::stod(fmt::format("{:.5f}", value))) << value;
  }
}

TEST(BootstrapOrder, IsThatOfNumbersAsTexts) {
  EXPECT_EQ(bootstrap_order(12, DocumentOrder::kLineNumber),
            (std::vector<std::size_t>{0, 9, 10, 11, 1, 2, 3, 4, 5, 6, 7, 8}));
  // Files 0, 1, 10, 11, 2, … are numbered 1, 2, 3, ….
  EXPECT_EQ(bootstrap_order(12, DocumentOrder::kPyrouge),
            (std::vector<std::size_t>{0, 7, 8, 9, 1, 10, 11, 2, 3, 4, 5, 6}));
}

}  // namespace unimo::eval
