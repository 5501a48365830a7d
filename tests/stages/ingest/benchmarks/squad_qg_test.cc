#include "stages/ingest/benchmarks/squad_qg.h"

#include <algorithm>

#include "tests/stages/ingest/benchmarks/example_tests.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json question(std::string_view id, std::string_view text,
              std::initializer_list<std::pair<std::string_view, int>> answers) {
  Json qa = {{"id", id}, {"question", text}, {"answers", Json::array()}};
  for (const auto& [answer, start] : answers)
    qa["answers"].push_back({{"text", answer}, {"answer_start", start}});
  return qa;
}

// Two articles with one question each; tests break what they are about.
struct Squad {
  Json file = {{"version", "1.1"}, {"data", Json::array()}};

  Squad() {
    file["data"].push_back(article("Normans", "  The Normans\ncame from Normandy.",
                                   question("q1", " Where from? ", {{"Normandy", 24}})));
    file["data"].push_back(
        article("Beyonc\u00e9", "Beyonc\u00e9 sang 24\u201310.",
                question("q2", "Who?", {{"24\u201310", 13}, {"24\u201310", 13}, {"24", 13}})));
  }
  static Json article(std::string_view title, std::string_view context, const Json& qa) {
    Json item = {{"title", title}, {"paragraphs", Json::array()}};
    item["paragraphs"].push_back({{"context", context}, {"qas", Json::array({qa})}});
    return item;
  }
  Json& qa() { return file["data"][0]["paragraphs"][0]["qas"][0]; }
};

TEST(SquadQg, ReadsSquadsJson) {
  ExampleBench bench;
  bench.give("dev", "dev-v1.1.json", Squad().file.dump());
  const Status status = bench.run(run_ingest_squad_qg, SquadQgIngest{});
  ASSERT_TRUE(status) << status.error().message;
  const ExampleRecord first = bench.example("q1");
  EXPECT_EQ(first.split, "val");
  // The context stays as it is, because offsets count its blanks.
  EXPECT_EQ(first.parts.at("passage"), "  The Normans\ncame from Normandy.");
  EXPECT_EQ(first.parts.at("answer"), "Normandy");
  EXPECT_THAT(first.targets, ElementsAre("Where from?"));
  EXPECT_EQ(first.extra, Json({{"form", "json"}, {"title", "Normans"}, {"span", {24, 32}}}));
}

TEST(SquadQg, CountsOffsetsInCodePointsAndListsDifferentAnswers) {
  ExampleBench bench;
  bench.give("dev", "dev-v1.1.json", Squad().file.dump());
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, SquadQgIngest{}));
  const ExampleRecord second = bench.example("q2");
  EXPECT_EQ(second.extra["span"], Json::array({14, 21}));
  EXPECT_EQ(second.extra["answers"], Json::array({"24\u201310", "24"}));
}

TEST(SquadQg, SplitsArticlesByTheDoclists) {
  ExampleBench bench;
  bench.give("json", "train-v1.1.json", Squad().file.dump());
  bench.give("doclist_train", "doclist-train.txt", "Warsaw\nNormans\n");
  bench.give("doclist_test", "doclist-test.txt", "Beyonc\u00e9");
  const Status status = bench.run(run_ingest_squad_qg, SquadQgIngest{});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench.example("q1").split, "train");
  EXPECT_EQ(bench.example("q2").split, "test");
}

TEST(SquadQg, PutsArticlesThatNoDoclistHasIntoTheQuarantine) {
  ExampleBench bench;
  bench.give("json", "train-v1.1.json", Squad().file.dump());
  bench.give("doclist_train", "doclist-train.txt", "Normans\n");
  SquadQgIngest params;
  params.max_bad_share = 1;
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, params));
  EXPECT_THAT(bench.quarantined(), ElementsAre("train-v1.1.json data[1] unlisted_article"));
}

TEST(SquadQg, RefusesAnArticleInTwoSplits) {
  ExampleBench bench;
  bench.give("json", "train-v1.1.json", Squad().file.dump());
  bench.give("doclist_train", "doclist-train.txt", "Normans\n");
  bench.give("doclist_test", "doclist-test.txt", "Warsaw\nNormans\n");
  const Status status = bench.run(run_ingest_squad_qg, SquadQgIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("doclist-test.txt:2: the article Normans"));
}

TEST(SquadQg, NeedsDoclistsForJsonOfNoSplit) {
  ExampleBench bench;
  bench.give("json", "train-v1.1.json", Squad().file.dump());
  const Status status = bench.run(run_ingest_squad_qg, SquadQgIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("doclist_train"));
}

TEST(SquadQg, ReversesDevAndTestOnRequest) {
  ExampleBench bench;
  bench.give("dev", "dev-v1.1.json", Squad().file.dump());
  bench.give("test_source", "src-test.txt", "a .\n");
  bench.give("test_target", "tgt-test.txt", "what ?\n");
  SquadQgIngest params;
  params.reversed_split = true;
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, params));
  EXPECT_EQ(bench.example("q1").split, "test");
  EXPECT_EQ(bench.example("src-test.txt:1").split, "val");
}

TEST(SquadQg, RefusesSquad2GivenInsteadOf1) {
  Squad squad;
  squad.qa()["is_impossible"] = false;
  ExampleBench bench;
  bench.give("dev", "dev-v2.0.json", squad.file.dump());
  const Status status = bench.run(run_ingest_squad_qg, SquadQgIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("data[0].paragraphs[0].qas[0].is_impossible"));
  EXPECT_THAT(status.error().message,
              HasSubstr("this is SQuAD 2.0; question generation is set on SQuAD 1.1: take "
                        "train-v1.1.json and dev-v1.1.json"));
}

TEST(SquadQg, DropsSpansThatAreNotWhereTheySayButKeepsTheQuestion) {
  Squad squad;
  squad.qa()["answers"][0]["answer_start"] = -1;
  ExampleBench bench;
  bench.give("dev", "dev-v1.1.json", squad.file.dump());
  SquadQgIngest params;
  params.max_bad_share = 1;
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, params));
  EXPECT_FALSE(bench.example("q1").extra.contains("span"));
  EXPECT_THAT(quarantined(bench, "span_mismatch"),
              ElementsAre("dev-v1.1.json data[0].paragraphs[0].qas[0]: q1: answers[0].answer_start "
                          "-1: \"Normandy\" does not stand there"));
}

TEST(SquadQg, RefusesNaNWithItsLine) {
  Squad squad;
  std::string text = squad.file.dump(1);
  const std::size_t at = text.find("\"answer_start\": 24");
  text.replace(at, 18, "\"answer_start\": NaN");
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  ExampleBench bench;
  bench.give("dev", "dev-v1.1.json", text);
  const Status status = bench.run(run_ingest_squad_qg, SquadQgIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr(fmt::format("dev-v1.1.json:{}: byte {}: not valid JSON", line,
                                    at + std::string_view("\"answer_start\": ").size())));
}

TEST(SquadQg, PutsLoneSurrogatesIntoTheQuarantine) {
  Squad squad;
  std::string text = squad.file.dump();
  text.replace(text.find("Where from?"), 11, "\\ud83d?");
  ExampleBench bench;
  bench.give("dev", "dev-v1.1.json", text);
  SquadQgIngest params;
  params.max_bad_share = 1;
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, params));
  EXPECT_THAT(
      quarantined(bench, "invalid_utf8"),
      ElementsAre("dev-v1.1.json data[0].paragraphs[0].qas[0]: q1: target holds U+FFFD: its "
                  "bytes were not UTF-8, or were damaged before"));
}

TEST(SquadQg, PutsRepeatedIdsIntoTheQuarantine) {
  Squad squad;
  squad.qa()["id"] = "q2";
  ExampleBench bench;
  bench.give("dev", "dev-v1.1.json", squad.file.dump());
  SquadQgIngest params;
  params.max_bad_share = 1;
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, params));
  EXPECT_EQ(bench.count("quarantine.duplicate_id"), 1);
}

TEST(SquadQg, NamesThePathOfAFieldThatIsMissingOrOfAnotherKind) {
  Squad squad;
  squad.qa()["question"] = 7;
  squad.file["data"][1]["paragraphs"][0]["qas"][0]["answers"] = Json::array();
  squad.file["data"].push_back({{"title", "Empty"}, {"paragraphs", 3}});
  ExampleBench bench;
  bench.give("dev", "dev-v1.1.json", squad.file.dump());
  SquadQgIngest params;
  params.max_bad_share = 1;
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, params));
  EXPECT_THAT(bench.quarantined(),
              ElementsAre("dev-v1.1.json data[0].paragraphs[0].qas[0] bad_field",
                          "dev-v1.1.json data[1].paragraphs[0].qas[0] no_answer",
                          "dev-v1.1.json data[2] bad_field"));
  EXPECT_THAT(read_file(bench.output() / "quarantine.jsonl").value(),
              HasSubstr("qas[0].question: must be a text, is 7"));
}

TEST(SquadQg, ReadsListsOfArticlesWithoutAVersion) {
  ExampleBench bench;
  bench.give("train", "train.json", Squad().file["data"].dump());
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, SquadQgIngest{}));
  EXPECT_EQ(bench.count("examples.train"), 2);
}

TEST(SquadQg, ReadsDusSentencesAndParagraphs) {
  ExampleBench bench;
  bench.give("train_source", "src-train.txt", "it is a replica . \nnext to it .\n");
  bench.give("train_target", "tgt-train.txt", "what is it ?\nwhere ?\n");
  bench.give("dev_source", "src-dev.txt", "the end .\n");
  bench.give("dev_target", "tgt-dev.txt", "what ?\n");
  bench.give("dev_paragraph", "para-dev.txt", "before . the end .\n");
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, SquadQgIngest{}));
  const ExampleRecord first = bench.example("src-train.txt:1");
  EXPECT_EQ(first.parts.at("passage"), "it is a replica .");
  EXPECT_THAT(first.targets, ElementsAre("what is it ?"));
  EXPECT_EQ(first.extra["form"], "sentence");
  const ExampleRecord second = bench.example("src-dev.txt:1");
  EXPECT_EQ(second.parts.at("passage"), "before . the end .");
  EXPECT_EQ(second.parts.at("sentence"), "the end .");
  EXPECT_EQ(second.extra["form"], "paragraph");
}

TEST(SquadQg, ReadsUniLmsWordPieces) {
  ExampleBench bench;
  bench.give("test_source", "test.pa.tok.txt",
             "Its Gothic sp ##ire ##s rise . [SEP] Go ##thic\nno answer here\n");
  bench.give("test_target", "test.q.tok.txt", "What sp ##ires ?\nWhat ?\n");
  SquadQgIngest params;
  params.max_bad_share = 1;
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, params));
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 1U);
  EXPECT_EQ(examples[0].parts.at("passage"), "Its Gothic spires rise .");
  EXPECT_EQ(examples[0].parts.at("answer"), "Gothic");
  EXPECT_THAT(examples[0].targets, ElementsAre("What spires ?"));
  EXPECT_THAT(bench.quarantined(), ElementsAre("test.pa.tok.txt:2 no_separator"));
}

TEST(SquadQg, JoinsWordPiecesOnlyBehindAWord) {
  EXPECT_EQ(join_word_pieces("un ##aff ##able"), "unaffable");
  EXPECT_EQ(join_word_pieces("##s is a  ## b"), "##s is a ## b");
  EXPECT_EQ(join_word_pieces(""), "");
}

TEST(SquadQg, KeepsEqualPairsApartByTheirLines) {
  ExampleBench bench;
  bench.give("test_source", "src-test.txt", "a .\na .\n");
  bench.give("test_target", "tgt-test.txt", "what ?\nwhat ?\n");
  ASSERT_TRUE(bench.run(run_ingest_squad_qg, SquadQgIngest{}));
  EXPECT_EQ(bench.count("examples.test"), 2);
  EXPECT_THAT(bench.quarantined(), IsEmpty());
}

}  // namespace
}  // namespace unimo::stages
