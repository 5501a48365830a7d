// BLEU, ROUGE-L and CIDEr-D against the official scorers' values and against cases done by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "evaluators/bleu.h"
#include "evaluators/cider.h"
#include "evaluators/ptb_tokenizer.h"
#include "evaluators/rouge_l.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

struct GoldenSet {
  std::vector<std::string> ids;  // ascending numbers, the order of the expected values
  std::vector<CaptionItem> items;
};

std::map<long, std::vector<std::string>> captions_by_image(const Json& list) {
  std::map<long, std::vector<std::string>> captions;
  for (const Json& entry : list) {
    captions[entry["image_id"].get<long>()].push_back(entry["caption"].get<std::string>());
  }
  return captions;
}

// The raw captions, tokenised here.
GoldenSet load(const std::string& name) {
  const auto references =
      captions_by_image(golden_json("coco_caption/" + name + "/references.json")["annotations"]);
  GoldenSet set;
  for (const auto& [id, candidates] :
       captions_by_image(golden_json("coco_caption/" + name + "/results.json"))) {
    set.ids.push_back(std::to_string(id));
    CaptionItem& item = set.items.emplace_back();
    item.candidate = scorer_text(candidates)[0];
    item.references = scorer_text(references.at(id));
  }
  return set;
}

void expect_close(double value, double expected, const std::string& what) {
  EXPECT_NEAR(value, expected, 1e-9 * std::max(1e-12, std::abs(expected))) << what;
}

// For one reference, whose common subsequence is found in a table of all pairs of words.
double slow_rouge_l(const CaptionItem& item) {
  const auto a = split_words(item.candidate);
  const auto b = split_words(item.references[0]);
  std::vector<std::vector<double>> common(a.size() + 1, std::vector<double>(b.size() + 1, 0));
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      common[i][j] = a[i - 1] == b[j - 1] ? common[i - 1][j - 1] + 1
                                          : std::max(common[i - 1][j], common[i][j - 1]);
    }
  }
  const double precision = common.back().back() / static_cast<double>(a.size());
  const double recall = common.back().back() / static_cast<double>(b.size());
  const double weight = 1.2 * 1.2;
  return (1 + weight) * precision * recall / (recall + weight * precision);
}

class CaptionGolden : public testing::TestWithParam<std::string> {};

}  // namespace

TEST_P(CaptionGolden, TokenisesAsTheReference) {
  UNIMO_NEEDS_GOLDEN("coco_caption/" + GetParam());
  const Json expected = golden_json("coco_caption/" + GetParam() + "/tokenized.json");
  const GoldenSet set = load(GetParam());
  for (std::size_t i = 0; i < set.ids.size(); ++i) {
    EXPECT_EQ(Json(set.items[i].references), expected["references"][set.ids[i]]) << set.ids[i];
    EXPECT_EQ(Json(set.items[i].candidate), expected["results"][set.ids[i]]) << set.ids[i];
  }
}

TEST_P(CaptionGolden, CountsForBleuAsTheReference) {
  UNIMO_NEEDS_GOLDEN("coco_caption/" + GetParam());
  const GoldenSet set = load(GetParam());
  std::size_t references = 0;
  for (const CaptionItem& item : set.items) references += item.references.size();
  const Json expected = golden_json("coco_caption/" + GetParam() + "/expected.json");
  EXPECT_EQ(expected["n_images"], Json(set.items.size()));
  EXPECT_EQ(expected["n_references"], Json(references));
  const Json& totals = expected["corpus"]["bleu_totals"];
  const Bleu scores = bleu(count_ngrams(set.items));
  EXPECT_EQ(Json(scores.totals.candidate_length), totals["testlen"]);
  EXPECT_EQ(Json(scores.totals.reference_length), totals["reflen"]);
  EXPECT_EQ(Json(scores.totals.guesses), totals["guess"]);
  EXPECT_EQ(Json(scores.totals.matches), totals["correct"]);
}

TEST_P(CaptionGolden, ScoresTheCorpusAsTheReference) {
  UNIMO_NEEDS_GOLDEN("coco_caption/" + GetParam());
  const Json corpus = golden_json("coco_caption/" + GetParam() + "/expected.json")["corpus"];
  const GoldenSet set = load(GetParam());
  const CountedItems counted = count_ngrams(set.items);
  const Bleu bleu_scores = bleu(counted);
  for (std::size_t n = 0; n < 4; ++n) {
    const std::string name = "Bleu_" + std::to_string(n + 1);
    expect_close(bleu_scores.corpus[n], corpus[name].get<double>(), name);
  }
  expect_close(rouge_l(set.items).corpus, corpus["ROUGE_L"].get<double>(), "ROUGE_L");
  expect_close(cider(counted).corpus, corpus["CIDEr"].get<double>(), "CIDEr");
}

TEST_P(CaptionGolden, ScoresEachImageAsTheReference) {
  UNIMO_NEEDS_GOLDEN("coco_caption/" + GetParam());
  const Json images = golden_json("coco_caption/" + GetParam() + "/expected.json")["per_image"];
  const GoldenSet set = load(GetParam());
  const CountedItems counted = count_ngrams(set.items);
  const Bleu bleu_scores = bleu(counted);
  const RougeL rouge_scores = rouge_l(set.items);
  const Cider cider_scores = cider(counted);
  ASSERT_EQ(images.size(), set.ids.size());
  for (std::size_t i = 0; i < set.ids.size(); ++i) {
    const Json& image = images[set.ids[i]];
    for (std::size_t n = 0; n < 4; ++n) {
      expect_close(bleu_scores.images[i][n], image["Bleu_" + std::to_string(n + 1)].get<double>(),
                   set.ids[i]);
    }
    expect_close(rouge_scores.images[i], image["ROUGE_L"].get<double>(), set.ids[i]);
    expect_close(cider_scores.images[i], image["CIDEr"].get<double>(), set.ids[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, CaptionGolden,
                         testing::Values("fakecap_subset", "human_loo_400", "tokenizer_quirks"),
                         [](const auto& test) { return test.param; });

TEST(Bleu, TakesTheShorterOfTwoEquallyCloseReferences) {
  const std::vector<CaptionItem> items = {{"a b c", {"a b", "a b c d"}}};
  const Bleu scores = bleu(count_ngrams(items));
  EXPECT_EQ(scores.totals.reference_length, 2);
  EXPECT_EQ(scores.totals.matches[0], 3);
}

TEST(Bleu, ClipsRepeatedWords) {
  const std::vector<CaptionItem> items = {{"the the the the", {"the cat", "the the dog"}}};
  EXPECT_EQ(bleu(count_ngrams(items)).totals.matches[0], 2);
}

TEST(Bleu, PenalisesShortCaptions) {
  const std::vector<CaptionItem> items = {{"a b", {"a b c d"}}};
  EXPECT_NEAR(bleu(count_ngrams(items)).corpus[0], std::exp(-1.0), 1e-8);
}

TEST(Bleu, AddsUpItsCountsOverParts) {
  const std::vector<CaptionItem> items = {
      {"a dog runs", {"a dog runs", "dogs run"}}, {"the cat", {"a cat"}}, {"", {"a bird flies"}}};
  const CountedItems counted = count_ngrams(items);
  BleuCounts sum;
  for (const CountedItem& item : counted.items) {
    sum += bleu_counts_of(bleu_statistics(bleu_counts(item)));
  }
  EXPECT_EQ(bleu_of_counts(sum), bleu(counted).corpus);
}

TEST(RougeL, TakesPrecisionAndRecallFromDifferentReferences) {
  // precision 2/2 from the long one, recall 1/1 from the short one
  const std::vector<CaptionItem> items = {{"a b", {"a", "a x b y"}}};
  EXPECT_DOUBLE_EQ(rouge_l(items).corpus, 1.0);
}

TEST(RougeL, FindsTheSubsequenceThatASlowTableFinds) {
  std::uint32_t state = 1;
  const auto draw = [&](std::uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 16) % below;
  };
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t alphabet = 1 + draw(round % 2 == 0 ? 3 : 60);
    const auto text = [&](std::size_t words) {
      std::string result = "w";
      for (std::size_t i = 1; i < words; ++i) result += " " + std::to_string(draw(alphabet));
      return result;
    };
    const CaptionItem item{text(1 + draw(300)), {text(1 + draw(300))}};
    const std::vector<CaptionItem> items = {item};
    EXPECT_DOUBLE_EQ(rouge_l(items).corpus, slow_rouge_l(item)) << item.candidate;
  }
}

TEST(RougeL, DoesNotDependOnTheNumberOfThreads) {
  std::vector<CaptionItem> items;
  for (int i = 0; i < 500; ++i) {
    items.push_back({"a b c " + std::to_string(i % 7), {"a c b " + std::to_string(i % 5), "b"}});
  }
  EXPECT_EQ(rouge_l(items, 3).images, rouge_l(items).images);
  EXPECT_EQ(rouge_l(items, 3).corpus, rouge_l(items).corpus);
}

TEST(Cider, OfOneImageIsZero) {
  const std::vector<CaptionItem> items = {{"a dog runs", {"a dog runs"}}};
  EXPECT_EQ(cider(count_ngrams(items)).corpus, 0);
}

TEST(Cider, OfPerfectCaptionsIsTenTimesTheOrdersTheyHave) {
  const std::vector<CaptionItem> items = {{"a dog runs fast", {"a dog runs fast"}},
                                          {"the red car stops here", {"the red car stops here"}}};
  EXPECT_NEAR(cider(count_ngrams(items)).corpus, 10, 1e-12);
}

TEST(CaptionScores, OfPerfectCaptionsAreTheGreatest) {
  const std::vector<CaptionItem> items = {{"a dog runs fast", {"dogs run", "a dog runs fast"}},
                                          {"the red car stops here", {"the red car stops here"}}};
  const Bleu scores = bleu(count_ngrams(items));
  for (const double value : scores.corpus) EXPECT_NEAR(value, 1, 1e-9);
  EXPECT_DOUBLE_EQ(rouge_l(items).corpus, 1);
}

TEST(CaptionScores, DoNotDependOnTheOrderOfImages) {
  UNIMO_NEEDS_GOLDEN("coco_caption/human_loo_400");
  std::vector<CaptionItem> items = load("human_loo_400").items;
  const CountedItems counted = count_ngrams(items);
  const Bleu bleu_before = bleu(counted);
  const Cider cider_before = cider(counted);
  const RougeL rouge_before = rouge_l(items);
  std::reverse(items.begin(), items.end());
  std::rotate(items.begin(), items.begin() + 17, items.end());
  std::vector<std::size_t> places(items.size());  // of each item before
  for (std::size_t i = 0; i < items.size(); ++i)
    places[i] = items.size() - 1 - (i + 17) % items.size();
  const CountedItems counted_after = count_ngrams(items);
  const Bleu bleu_after = bleu(counted_after);
  const Cider cider_after = cider(counted_after);
  const RougeL rouge_after = rouge_l(items);
  EXPECT_EQ(bleu_after.corpus, bleu_before.corpus);
  EXPECT_NEAR(cider_after.corpus, cider_before.corpus, 1e-12);
  EXPECT_NEAR(rouge_after.corpus, rouge_before.corpus, 1e-12);
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(bleu_after.images[i], bleu_before.images[places[i]]) << i;
    EXPECT_NEAR(cider_after.images[i], cider_before.images[places[i]], 1e-12) << i;
    EXPECT_EQ(rouge_after.images[i], rouge_before.images[places[i]]) << i;
  }
}

TEST(CaptionScores, OfAnEmptyCaptionAreNearZero) {
  const std::vector<CaptionItem> items = {{"", {"a dog"}}, {"a cat", {"a cat sits"}}};
  const CountedItems counted = count_ngrams(items);
  EXPECT_LT(bleu(counted).images[0][0], 1e-6);
  EXPECT_EQ(rouge_l(items).images[0], 0);
  EXPECT_EQ(cider(counted).images[0], 0);
}

TEST(Words, AreSeparatedByAnyUnicodeWhiteSpace) {
  EXPECT_EQ(split_words(" a\u00A0b  c\u3000"), (std::vector<std::string_view>{"a", "b", "c"}));
}

}  // namespace unimo::eval
