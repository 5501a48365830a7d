// METEOR against the official program's statistics and scores, and against cases done by hand.
#include "evaluators/meteor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "evaluators/meteor_aligner.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path meteor_folder() { return fs::path(UNIMO_SHARED_DATA) / "meteor"; }

MeteorResources read_or_die(const fs::path& paraphrases) {
  MeteorFiles files = meteor_files(meteor_folder());
  files.paraphrases = paraphrases;
  auto resources = read_meteor_resources(files);
  UNIMO_CHECK(resources.has_value(), "{}", resources.error().message);
  return *std::move(resources);
}

// Read once: the synonyms take a quarter of a second.
const MeteorResources& three_modules() {
  static const MeteorResources resources = read_or_die({});
  return resources;
}

Meteor score(const std::vector<CaptionItem>& items, const MeteorResources& resources,
             int threads = 1) {
  auto result = meteor(items, resources, {}, threads);
  UNIMO_CHECK(result.has_value(), "{}", result.error().message);
  return *std::move(result);
}

double score(const std::string& candidate, const std::string& reference) {
  return score({{candidate, {reference}}}, three_modules()).corpus;
}

std::string statistics(const std::string& candidate, const std::vector<std::string>& references) {
  return to_line(score({{candidate, references}}, three_modules()).statistics[0]);
}

std::vector<CaptionItem> items_of(const Json& golden) {
  std::vector<CaptionItem> items;
  for (const Json& entry : golden) {
    items.push_back(
        {entry["hyp"].get<std::string>(), entry["refs"].get<std::vector<std::string>>()});
  }
  return items;
}

std::vector<CaptionItem> some_questions() {
  const Json golden = golden_json("meteor/qg_grouped120.json");
  return items_of(golden["items"]);
}

void expect_golden(const std::string& name, const MeteorResources& resources) {
  const Json golden = golden_json(name);
  const Json& entries = golden["items"];
  const Meteor result = score(items_of(entries), resources);
  EXPECT_EQ(to_line(result.totals), golden["summed_statistics"].get<std::string>());
  EXPECT_NEAR(result.corpus, golden["system_score"].get<double>(), 1e-9);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(to_line(result.statistics[i]), entries[i]["statistics"].get<std::string>()) << i;
    EXPECT_NEAR(result.segments[i], entries[i]["score"].get<double>(), 1e-9) << i;
  }
}

class MeteorGolden : public testing::TestWithParam<std::string> {};
class MeteorCaptions : public testing::TestWithParam<std::string> {};

// The captions of a golden set as they reach the scorers; ids ascending.
std::map<long, CaptionItem> captions_of(const std::string& set) {
  const Json texts = golden_json("coco_caption/" + set + "/tokenized.json");
  std::map<long, CaptionItem> items;
  for (const auto& [id, candidate] : texts["results"].items()) {
    items[std::stol(id)] = {candidate.get<std::string>(),
                            texts["references"][id].get<std::vector<std::string>>()};
  }
  return items;
}

void expect_golden_captions(const std::string& set, const MeteorResources& resources,
                            const std::string& kind) {
  const Json expected = golden_json("coco_caption/" + set + "/expected.json");
  std::vector<CaptionItem> items;
  std::vector<std::string> ids;
  for (const auto& [id, item] : captions_of(set)) {
    ids.push_back(std::to_string(id));
    items.push_back(item);
  }
  const Meteor result = score(items, resources, 2);
  EXPECT_EQ(Json(to_line(result.totals)), expected["corpus"]["METEOR_agg_stats_" + kind]);
  EXPECT_NEAR(result.corpus, expected["corpus"]["METEOR_" + kind].get<double>(), 1e-9);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Json& image = expected["per_image"][ids[i]];
    EXPECT_EQ(Json(to_line(result.statistics[i])), image["METEOR_stats_" + kind]) << ids[i];
    EXPECT_NEAR(result.segments[i], image["METEOR_" + kind].get<double>(), 1e-9) << ids[i];
  }
}

}  // namespace

TEST_P(MeteorGolden, HasTheStatisticsAndScoresOfTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("meteor/" + GetParam());
  expect_golden("meteor/" + GetParam(), three_modules());
}

INSTANTIATE_TEST_SUITE_P(Sets, MeteorGolden,
                         testing::Values("qg_first300.json", "qg_grouped120.json", "cnndm60.json"),
                         [](const auto& test) {
                           return test.param.substr(0, test.param.find('.'));
                         });

TEST(Meteor, MatchesPhrasesOfATableAsTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("meteor/paraphrase_module.json");
  expect_golden("meteor/paraphrase_module.json",
                read_or_die(golden("meteor/mini-paraphrase-en.txt")));
}

TEST(Meteor, ScoresSegmentsAsPublished) {
  UNIMO_NEEDS_GOLDEN("meteor/wmt09_published_segments.json");
  const Json golden = golden_json("meteor/wmt09_published_segments.json");
  const Json& entries = golden["items"];
  const Meteor result = score(items_of(entries), three_modules());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_NEAR(result.segments[i], entries[i]["published_score"].get<double>(), 1e-9) << i;
  }
}

TEST_P(MeteorCaptions, AreScoredAsByTheOfficialProgramWithThreeModules) {
  UNIMO_NEEDS_GOLDEN("coco_caption/" + GetParam());
  expect_golden_captions(GetParam(), three_modules(), "exact_stem_synonym");
}

TEST_P(MeteorCaptions, AreScoredAsByTheOfficialProgramWithParaphrases) {
  UNIMO_NEEDS_GOLDEN("coco_caption/" + GetParam());
  expect_golden_captions(GetParam(), read_or_die(meteor_folder() / "paraphrase-mini.gz"),
                         "mini_paraphrase");
}

INSTANTIATE_TEST_SUITE_P(Sets, MeteorCaptions,
                         testing::Values("fakecap_subset", "human_loo_400", "tokenizer_quirks"),
                         [](const auto& test) { return test.param; });

namespace {

double published_case(std::size_t which, const MeteorResources& resources) {
  const Json golden = golden_json("squad_qg/nlg_eval_published.json");
  const Json& entry = golden["cases"][which];
  std::vector<CaptionItem> items;
  for (std::size_t i = 0; i < entry["hyp"].size(); ++i) {
    items.push_back(
        {entry["hyp"][i].get<std::string>(), entry["refs"][i].get<std::vector<std::string>>()});
  }
  return score(items, resources).corpus;
}

}  // namespace

TEST(Meteor, MeetsThePublishedCasesThatNeedNoParaphrases) {
  UNIMO_NEEDS_GOLDEN("squad_qg/nlg_eval_published.json");
  EXPECT_NEAR(published_case(0, three_modules()), 0.44434387, 5e-9);
  EXPECT_NEAR(published_case(1, three_modules()), 0.28253, 5e-6);
  EXPECT_NEAR(published_case(2, three_modules()), 0.48372379050300296, 1e-9);
}

TEST(Meteor, MeetsThePublishedCasesWithTheOfficialTable) {
  UNIMO_NEEDS_GOLDEN("squad_qg/nlg_eval_published.json");
  const char* table = std::getenv("UNIMO_METEOR_PARAPHRASES");
  if (table == nullptr) GTEST_SKIP() << "set UNIMO_METEOR_PARAPHRASES to paraphrase-en.gz";
  const MeteorResources resources = read_or_die(table);
  EXPECT_NEAR(published_case(0, resources), 0.44434387, 5e-9);
  EXPECT_NEAR(published_case(1, resources), 0.295797, 5e-7);
  EXPECT_NEAR(published_case(2, resources), 0.48372379050300296, 1e-9);
}

TEST(Meteor, DoesNotDependOnThreads) {
  UNIMO_NEEDS_GOLDEN("meteor/qg_grouped120.json");
  const auto items = some_questions();
  const Meteor one = score(items, three_modules(), 1);
  for (const int threads : {2, 5}) {
    const Meteor more = score(items, three_modules(), threads);
    EXPECT_EQ(more.corpus, one.corpus);
    EXPECT_EQ(more.segments, one.segments);
    EXPECT_EQ(more.statistics, one.statistics);
  }
}

TEST(Meteor, DoesNotDependOnTheOrderOfItems) {
  UNIMO_NEEDS_GOLDEN("meteor/qg_grouped120.json");
  auto items = some_questions();
  Meteor forward = score(items, three_modules());
  std::reverse(items.begin(), items.end());
  const Meteor backward = score(items, three_modules());
  std::reverse(forward.segments.begin(), forward.segments.end());
  EXPECT_EQ(backward.segments, forward.segments);
  EXPECT_EQ(backward.corpus, forward.corpus);
}

TEST(Meteor, AddsUpOverParts) {
  UNIMO_NEEDS_GOLDEN("meteor/qg_grouped120.json");
  const auto items = some_questions();
  const Meteor whole = score(items, three_modules());
  MeteorStatistics sum;
  for (const auto& part : {std::vector(items.begin(), items.begin() + 17),
                           std::vector(items.begin() + 17, items.end())}) {
    const MeteorStatistics totals = score(part, three_modules()).totals;
    MeteorStatistics empty;
    add_to(empty, totals);
    EXPECT_EQ(empty, totals);
    add_to(sum, totals);
  }
  EXPECT_EQ(sum, whole.totals);
  EXPECT_EQ(meteor_score(sum), whole.corpus);
}

TEST(Meteor, OfPerfectCandidatesIsOne) {
  UNIMO_NEEDS_GOLDEN("meteor/qg_grouped120.json");
  auto items = some_questions();
  for (CaptionItem& item : items) item.candidate = item.references.back();
  const Meteor result = score(items, three_modules());
  EXPECT_DOUBLE_EQ(result.corpus, 1);
  EXPECT_EQ(result.totals.chunks, 0);
  for (const double segment : result.segments) EXPECT_DOUBLE_EQ(segment, 1);
}

TEST(Meteor, TakesTheBestReference) {
  UNIMO_NEEDS_GOLDEN("meteor");
  EXPECT_EQ(statistics("two dogs run", {"a cat", "two dogs run fast", "dogs"}),
            statistics("two dogs run", {"two dogs run fast"}));
}

TEST(Meteor, PenalisesScatteredMatches) {
  UNIMO_NEEDS_GOLDEN("meteor");
  EXPECT_GT(score("red car stops", "red car stops here"),
            score("stops car red", "red car stops here"));
}

TEST(Meteor, PrefersTheContiguousOfTwoEqualWords) {
  UNIMO_NEEDS_GOLDEN("meteor");
  EXPECT_EQ(score({{"the cat the", {"the cat"}}}, three_modules()).statistics[0].chunks, 1);
}

TEST(Meteor, TakesWordsOfOneHashCodeForEqual) {
  UNIMO_NEEDS_GOLDEN("meteor");
  EXPECT_EQ(java_hash(U"an"), java_hash(U"c0"));
  EXPECT_DOUBLE_EQ(score("see c0 egg", "see an egg"), 1);
}

TEST(Meteor, OfNothingIsZero) {
  UNIMO_NEEDS_GOLDEN("meteor");
  EXPECT_EQ(score("", "a dog"), 0);
  EXPECT_EQ(score("a dog", ""), 0);
  EXPECT_EQ(score("", ""), 0);
  EXPECT_EQ(score("cat", "dog"), 0);
  EXPECT_EQ(score({}, three_modules()).corpus, 0);
}

TEST(Meteor, TreatsBarsAsTheOfficialProtocolDoes) {
  UNIMO_NEEDS_GOLDEN("meteor");
  EXPECT_DOUBLE_EQ(score("a b", "x ||| a b"), 1);  // two references
  EXPECT_DOUBLE_EQ(score("a ||| b", "a b"), 1);    // dropped
}

TEST(Meteor, SurvivesBytesThatAreNoText) {
  UNIMO_NEEDS_GOLDEN("meteor");
  using namespace std::string_literals;
  EXPECT_GT(score("a dog \xFF\xFE runs"s, "a dog runs"), 0);
  EXPECT_GT(score("a\0dog"s, "a dog"), 0);
  EXPECT_DOUBLE_EQ(score("\xE2\x82", "\xE2\x82"), 1);
}

TEST(Meteor, ScoresALineOfAMegabyteOfDots) {
  UNIMO_NEEDS_GOLDEN("meteor");
  const std::string dots(1'000'000, '.');
  EXPECT_DOUBLE_EQ(score(dots, dots), 1);
}

TEST(Meteor, NamesTheItemThatIsTooLarge) {
  UNIMO_NEEDS_GOLDEN("meteor");
  std::string repetitive, endless;
  for (int i = 0; i < 100'000; ++i) {
    if (i < 5000) repetitive += "the ";
    endless += "w" + std::to_string(i) + " ";
  }
  for (const std::string& text : {repetitive, endless}) {
    const std::vector<CaptionItem> items = {{"fine", {"fine"}}, {text, {"and " + text}}};
    const auto result = meteor(items, three_modules());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(result.error().message, HasSubstr("item 2"));
  }
}

TEST(Meteor, WorksWithFewerModules) {
  UNIMO_NEEDS_GOLDEN("meteor");
  const std::vector<CaptionItem> items = {{"big dogs", {"large dog"}}};
  const auto exact =
      meteor(items, three_modules(), {.modules = {MeteorModule::kExact}, .weights = {1.0}});
  EXPECT_EQ(exact.value().corpus, 0);
  EXPECT_GT(score(items, three_modules()).corpus, 0);
}

TEST(Meteor, RefusesModulesWithoutWeights) {
  UNIMO_NEEDS_GOLDEN("meteor");
  const auto result = meteor({}, three_modules(), {.modules = {MeteorModule::kExact}});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("1 modules and 4 weights"));
}

TEST(Meteor, SaysWhenItHadNoParaphrases) {
  UNIMO_NEEDS_GOLDEN("meteor");
  EXPECT_EQ(
      meteor_signature({}, three_modules()),
      "meteor-1.5|lang:en|norm|modules:exact*1+stem*0.6+synonym*0.8|abgd:0.85,0.2,0.6,0.75|"
      "beam:40|items:0|refs:0|synsets:20b7cf6ae1cb|exceptions:5feb8fcb5b34|function:2ae0d5b8c29e|"
      "prefixes:bd909f364224|paraphrases:none|scale:100|version:1");
  const MeteorResources with = read_or_die(meteor_folder() / "paraphrase-mini.gz");
  EXPECT_THAT(meteor_signature({}, with), HasSubstr("synonym*0.8+paraphrase*0.6"));
  EXPECT_THAT(meteor_signature({}, with),
              HasSubstr("paraphrases:" + with.paraphrases->digest().substr(0, 12)));
}

}  // namespace unimo::eval
