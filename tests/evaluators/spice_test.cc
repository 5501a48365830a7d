// SPICE by rules against cases done by hand, and against what real captions must give.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "evaluators/scene_graph/wordnet.h"
#include "evaluators/spice.h"
#include "tests/evaluators/golden.h"
#include "tests/evaluators/wordnet_folder.h"

namespace unimo::eval {

namespace {

const TupleScore& of(const SpiceScores& scores, SpiceCategory category) {
  return scores[static_cast<std::size_t>(category)];
}

SpiceScores score_of(const std::string& candidate, const std::vector<std::string>& references,
                     const WordNet* wordnet = nullptr) {
  const std::vector<CaptionItem> items = {{candidate, references}};
  return spice(items, wordnet).images[0];
}

std::map<long, std::vector<std::string>> captions_by_image(const Json& list) {
  std::map<long, std::vector<std::string>> captions;
  for (const Json& entry : list) {
    captions[entry["image_id"].get<long>()].push_back(entry["caption"].get<std::string>());
  }
  return captions;
}

// The captions as they were written.
std::vector<CaptionItem> golden_items(const std::string& name) {
  const auto references =
      captions_by_image(golden_json("coco_caption/" + name + "/references.json")["annotations"]);
  std::vector<CaptionItem> items;
  for (const auto& [id, candidates] :
       captions_by_image(golden_json("coco_caption/" + name + "/results.json"))) {
    items.push_back({candidates[0], references.at(id)});
  }
  return items;
}

// Each image gets the caption of the next.
std::vector<CaptionItem> shifted(std::vector<CaptionItem> items) {
  for (std::size_t i = 0; i + 1 < items.size(); ++i) {
    std::swap(items[i].candidate, items[i + 1].candidate);
  }
  return items;
}

}  // namespace

TEST(Spice, CountsTuplesOfTheUnionOfReferences) {
  // Caption: dog, ball, (dog, brown), (dog, chase, ball). References: dog, ball, cat,
  // (dog, brown), (cat, chase, ball).
  const SpiceScores scores =
      score_of("a brown dog chasing a ball", {"a brown dog", "a cat chases a ball"});
  EXPECT_DOUBLE_EQ(scores[0].precision, 3.0 / 4);
  EXPECT_DOUBLE_EQ(scores[0].recall, 3.0 / 5);
  EXPECT_DOUBLE_EQ(scores[0].f, 2.0 / 3);
}

TEST(Spice, ScoresCategoriesApart) {
  const SpiceScores scores = score_of("two small red cars", {"two big red cars near a house"});
  EXPECT_DOUBLE_EQ(of(scores, SpiceCategory::kObject).recall, 0.5);
  EXPECT_DOUBLE_EQ(of(scores, SpiceCategory::kColour).f, 1);
  EXPECT_DOUBLE_EQ(of(scores, SpiceCategory::kCount).f, 1);
  EXPECT_DOUBLE_EQ(of(scores, SpiceCategory::kSize).f, 0);
  EXPECT_NEAR(of(scores, SpiceCategory::kAttribute).f, 2.0 / 3, 1e-12);
  EXPECT_TRUE(of(scores, SpiceCategory::kRelation).present);
  EXPECT_EQ(of(scores, SpiceCategory::kRelation).f, 0);
}

TEST(Spice, SplitsVerbAndPreposition) {
  // girl, court, (girl, stand), (girl, on, court) against girl, court, (girl, on, court)
  const SpiceScores scores = score_of("a girl standing on a court", {"a girl on a court"});
  EXPECT_DOUBLE_EQ(scores[0].precision, 3.0 / 4);
  EXPECT_DOUBLE_EQ(scores[0].recall, 1);
}

TEST(Spice, TakesTheFirstNounOfACompoundAsAttribute) {
  const SpiceScores scores = score_of("a tennis court", {"a court"});
  EXPECT_DOUBLE_EQ(scores[0].precision, 0.5);
  EXPECT_DOUBLE_EQ(scores[0].recall, 1);
}

TEST(Spice, MatchesSynonymsWithWordNet) {
  UNIMO_NEEDS_WORDNET();
  const WordNet wordnet = WordNet::load(wordnet_folder()).value();
  EXPECT_DOUBLE_EQ(score_of("a red sofa", {"a red couch"}, &wordnet)[0].f, 1);
  EXPECT_DOUBLE_EQ(score_of("a red sofa", {"a red couch"})[0].f, 0);
}

TEST(Spice, OfThePerfectCaptionIsOne) {
  const SpiceScores scores = score_of("A man throws a red ball.", {"a man throws a red ball"});
  for (const SpiceCategory category :
       {SpiceCategory::kAll, SpiceCategory::kObject, SpiceCategory::kAttribute,
        SpiceCategory::kRelation, SpiceCategory::kColour}) {
    EXPECT_DOUBLE_EQ(of(scores, category).f, 1);
  }
}

TEST(Spice, OfNothingIsZero) {
  EXPECT_EQ(score_of("", {"a dog"})[0].f, 0);
  EXPECT_EQ(score_of("a dog", {""})[0].f, 0);
  EXPECT_FALSE(score_of("", {"..."})[0].present);
  const Spice empty = spice(std::vector<CaptionItem>{});
  EXPECT_EQ(empty.corpus, 0);
  EXPECT_TRUE(empty.images.empty());
}

TEST(Spice, DoesNotDependOnOrderOrThreads) {
  UNIMO_NEEDS_GOLDEN("coco_caption/human_loo_400");
  std::vector<CaptionItem> items = golden_items("human_loo_400");
  const Spice one = spice(items);
  const Spice two = spice(items, nullptr, 3);
  EXPECT_EQ(one.images, two.images);
  EXPECT_EQ(one.corpus, two.corpus);
  std::reverse(items.begin(), items.end());
  for (CaptionItem& item : items) std::reverse(item.references.begin(), item.references.end());
  Spice reversed = spice(items);
  EXPECT_NEAR(reversed.corpus, one.corpus, 1e-12);
  std::reverse(reversed.images.begin(), reversed.images.end());
  EXPECT_EQ(reversed.images, one.images);
}

TEST(Spice, IsTheMeanOfItsImages) {
  const std::vector<CaptionItem> items = {{"a dog", {"a dog"}}, {"a cat", {"a cow"}}};
  EXPECT_DOUBLE_EQ(spice(items).corpus, 0.5);
}

TEST(Spice, RanksCaptionsAsPeopleWould) {
  UNIMO_NEEDS_GOLDEN("coco_caption/human_loo_400");
  const std::vector<CaptionItem> human = golden_items("human_loo_400");
  const std::vector<CaptionItem> machine = golden_items("fakecap_subset");
  const double of_humans = spice(human).corpus;
  const double of_others = spice(shifted(human)).corpus;
  const double of_machine = spice(machine).corpus;
  const double of_machine_shifted = spice(shifted(machine)).corpus;
  std::printf("humans %.4f captions of other images %.4f ratio %.1f\n", of_humans, of_others,
              of_humans / of_others);
  std::printf("captioner %.4f shifted %.4f\n", of_machine, of_machine_shifted);
  EXPECT_GT(of_humans, 5 * of_others);
  EXPECT_GT(of_machine, 3 * of_machine_shifted);
  EXPECT_LT(of_machine, of_humans);
}

TEST(Spice, TakesLongTextsInTime) {
  std::string text;
  while (text.size() < 1'000'000) text += "a red dog and a blue cat and a bird on a tree, ";
  const std::vector<CaptionItem> items = {{text, {text, text, text, text, text}}};
  EXPECT_DOUBLE_EQ(spice(items).corpus, 1);
}

TEST(Spice, SaysInItsSignatureWhatItIs) {
  const std::vector<CaptionItem> items = {{"a dog", {"a dog", "a cat"}}};
  EXPECT_EQ(spice_signature(items),
            "spice_rules|parser:unimo-rules-2|not the Java parser|synonyms:none|images:1|refs:2|"
            "scale:100|version:1");
}

}  // namespace unimo::eval
