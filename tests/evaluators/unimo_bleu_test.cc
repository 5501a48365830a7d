#include "evaluators/unimo_bleu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace unimo::eval {

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST(BasicWords, AreThoseOfBert) {
  EXPECT_EQ(basic_words("Don't  STOP,\tplease!"),
            (Words{"don", "'", "t", "stop", ",", "please", "!"}));
  EXPECT_EQ(basic_words("Caf\u00E9 na\u00EFve"), (Words{"cafe", "naive"}));
  EXPECT_EQ(basic_words("a\u4E2D\u56FDb"), (Words{"a", "\u4E2D", "\u56FD", "b"}));
  EXPECT_EQ(basic_words("$5^x \u201Cq\u201D"),
            (Words{"$", "5", "^", "x", "\u201C", "q", "\u201D"}));
}

TEST(BasicWords, DropControlCharacters) {
  EXPECT_EQ(basic_words(std::string("a\0b", 3) + "\x01 \u200Bc\xFF"
                                                 "d\u00A0e"),
            (Words{"ab", "cd", "e"}));
  EXPECT_EQ(basic_words("a\u2028b"), (Words{"a", "b"}));  // a line separator is white space
  EXPECT_EQ(basic_words(""), Words{});
}

TEST(UnimoBleu, IsComputedByHand) {
  // 5 words, shortest reference 6: precisions 5/5, 3/4, 2/3, 1/2
  const std::vector<CaptionItem> items = {
      {"The cat sat on mat", {"the cat sat on the mat", "mat mat mat mat mat mat mat"}}};
  const UnimoBleu scores = unimo_bleu(items);
  EXPECT_DOUBLE_EQ(scores.precisions[0], 1);
  EXPECT_DOUBLE_EQ(scores.precisions[1], 3.0 / 4);
  EXPECT_DOUBLE_EQ(scores.precisions[2], 2.0 / 3);
  EXPECT_DOUBLE_EQ(scores.precisions[3], 1.0 / 2);
  const double brevity = std::exp(1 - 1 / (5.0 / 6 + 1e-4));
  EXPECT_DOUBLE_EQ(scores.brevity, brevity);
  EXPECT_NEAR(scores.corpus, std::pow(1.0 * 3 / 4 * 2 / 3 * 1 / 2, 0.25) * brevity, 1e-15);
}

TEST(UnimoBleu, HasNoSmoothing) {
  const std::vector<CaptionItem> items = {{"a b c", {"a b c"}}};
  EXPECT_EQ(unimo_bleu(items).corpus, 0);  // no 4-grams
}

TEST(UnimoBleu, OfPerfectTextsExceedsOneByTheShiftOfItsPenalty) {
  // At a ratio of exactly 1 the official penalty is exp(1 - 1/1.0001).
  const std::vector<CaptionItem> items = {{"a b c d e", {"a b c d e"}}};
  EXPECT_DOUBLE_EQ(unimo_bleu(items).corpus, std::exp(1 - 1 / 1.0001));
}

TEST(UnimoBleu, TakesTheShortestReferenceAsLength) {
  const std::vector<CaptionItem> items = {{"a b c d e", {"a b c d e f", "x y"}}};
  EXPECT_EQ(unimo_bleu(items).totals.reference_length, 2);
  EXPECT_EQ(unimo_bleu(items).brevity, 1);
}

TEST(UnimoBleu, OfNothingIsZero) {
  EXPECT_EQ(unimo_bleu({}).corpus, 0);
  const std::vector<CaptionItem> items = {{"", {""}}};
  EXPECT_EQ(unimo_bleu(items).corpus, 0);
}

TEST(UnimoBleu, DependsNeitherOnTheOrderNorOnThreads) {
  std::vector<CaptionItem> items;
  for (int i = 0; i < 40; ++i) {
    items.push_back({"a man rides horse number " + std::to_string(i % 3),
                     {"a man rides horse number " + std::to_string(i % 2)}});
  }
  const double forward = unimo_bleu(items).corpus;
  EXPECT_EQ(unimo_bleu(items, 3).corpus, forward);
  std::reverse(items.begin(), items.end());
  EXPECT_EQ(unimo_bleu(items).corpus, forward);
  EXPECT_EQ(unimo_bleu_signature(items),
            "unimo_bleu|n:4|items:40|case:lc|tok:bert-basic|len:shortest|smooth:none|scale:100|"
            "version:1");
}

}  // namespace unimo::eval
