#include "stages/ingest/benchmarks/coqa.h"

#include <algorithm>

#include "tests/stages/ingest/benchmarks/example_tests.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Json answer(int turn, std::string_view text, std::string_view rationale, int begin) {
  const int end = begin < 0 ? -1 : begin + static_cast<int>(rationale.size());
  return {{"turn_id", turn},
          {"input_text", text},
          {"span_text", rationale},
          {"span_start", begin},
          {"span_end", end}};
}

// One conversation of three turns; tests break what they are about.
struct Talk {
  Json file = {{"version", "1.0"}, {"data", Json::array()}};

  Talk() {
    Json talk = {{"source", "wikipedia"}, {"id", "talk1"}, {"filename", "Cat.txt"}};
    talk["story"] = "Cotton was white.\n\nShe lived in a barn.";
    talk["questions"] = {{{"input_text", "What colour? "}, {"turn_id", 1}},
                         {{"input_text", "Where?"}, {"turn_id", 2}},
                         {{"input_text", "Who fed her?"}, {"turn_id", 3}}};
    talk["answers"] = {answer(1, "white", "was white", 7), answer(2, "in a barn", "in a barn.", 29),
                       answer(3, "unknown", "unknown", -1)};
    talk["answers"][2]["bad_turn"] = "true";
    file["data"].push_back(talk);
  }
  Json& talk() { return file["data"][0]; }
  void add_references() {
    talk()["additional_answers"] = {{"0", talk()["answers"]}, {"1", talk()["answers"]}};
    talk()["additional_answers"]["1"][0]["input_text"] = "all white";
  }
};

TEST(CoQa, GivesAnExampleATurnWithWhatWasSaidBefore) {
  Talk talk;
  ExampleBench bench;
  bench.give("train", "coqa-train-v1.0.json", talk.file.dump());
  const Status status = bench.run(run_ingest_coqa, TextBenchmarkIngest{});
  ASSERT_TRUE(status) << status.error().message;
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 3U);
  EXPECT_EQ(examples[1].id, "talk1#2");
  EXPECT_EQ(examples[1].split, "train");
  EXPECT_EQ(examples[1].parts.at("story"), "Cotton was white.\n\nShe lived in a barn.");
  EXPECT_EQ(examples[1].parts.at("question"), "Where?");
  EXPECT_THAT(examples[1].targets, ElementsAre("in a barn"));
  ASSERT_THAT(examples[1].history, SizeIs(1));
  EXPECT_EQ(examples[1].history[0].question, "What colour?");
  EXPECT_EQ(examples[1].history[0].answer, "white");
  EXPECT_EQ(
      examples[1].extra,
      Json(
          {{"source", "wikipedia"}, {"turn", 2}, {"rationale", "in a barn."}, {"span", {29, 39}}}));
  EXPECT_THAT(examples[2].history, SizeIs(2));
}

TEST(CoQa, KeepsTheAdditionalAnswersInOrderAndRepeated) {
  Talk talk;
  talk.add_references();
  ExampleBench bench;
  bench.give("dev", "coqa-dev-v1.0.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, TextBenchmarkIngest{}));
  EXPECT_THAT(bench.example("talk1#1").targets, ElementsAre("white", "white", "all white"));
  EXPECT_THAT(bench.example("talk1#2").targets, SizeIs(3));
}

TEST(CoQa, KeepsUnanswerableAndBadTurnsAndCountsThem) {
  Talk talk;
  ExampleBench bench;
  bench.give("train", "coqa-train-v1.0.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, TextBenchmarkIngest{}));
  const ExampleRecord last = bench.example("talk1#3");
  EXPECT_THAT(last.targets, ElementsAre("unknown"));
  EXPECT_EQ(last.extra["bad_turn"], true);
  EXPECT_FALSE(last.extra.contains("span"));
  EXPECT_EQ(bench.count("answers.unknown"), 1);
  EXPECT_EQ(bench.count("turns.bad"), 1);
}

TEST(CoQa, CountsOffsetsInCodePointsAndGivesBytes) {
  Talk talk;
  talk.talk()["story"] = "Caf\u00e9 \U0001F600 was white.";
  talk.talk()["answers"] = Json::array({answer(1, "white", "was white", 7)});
  talk.talk()["questions"].erase(2);
  talk.talk()["questions"].erase(1);
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.example("talk1#1").extra["span"], Json::array({11, 20}));
}

TEST(CoQa, MindsNoWhiteSpaceAroundTheEvidence) {
  Talk talk;
  talk.talk()["answers"][0] = answer(1, "white", " was white. ", 6);
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, TextBenchmarkIngest{}));
  EXPECT_THAT(bench.quarantined(), IsEmpty());
  EXPECT_TRUE(bench.example("talk1#1").extra.contains("span"));
}

TEST(CoQa, DropsSpansThatAreNotWhereTheySayButKeepsTheTurn) {
  Talk talk;
  talk.talk()["answers"][0]["span_start"] = 8;
  talk.talk()["answers"][1]["span_end"] = 4000;
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, lenient()));
  EXPECT_EQ(bench.count("examples.train"), 3);
  EXPECT_FALSE(bench.example("talk1#1").extra.contains("span"));
  EXPECT_THAT(
      quarantined(bench, "span_mismatch"),
      ElementsAre("coqa-train.json data[0].questions[0]: talk1#1: [8, 16) of the story is "
                  "\"as white\", not \"was white\"",
                  "coqa-train.json data[0].questions[1]: talk1#2: [29, 4000) is not inside the "
                  "story's 39 characters"));
}

TEST(CoQa, NamesThePathOfMissingAdditionalAnswersOfTheDevFile) {
  Talk talk;
  ExampleBench bench;
  bench.give("dev", "coqa-dev.json", talk.file.dump());
  const Status status = bench.run(run_ingest_coqa, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("coqa-dev.json data[0].additional_answers: missing"));
}

TEST(CoQa, PutsEveryTurnOfABrokenConversationIntoTheQuarantine) {
  Talk talk;
  talk.file["data"].push_back(talk.talk());
  talk.file["data"][1]["id"] = "talk2";
  talk.talk()["answers"][1].erase("span_text");
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, lenient()));
  EXPECT_EQ(bench.count("examples.train"), 3);
  EXPECT_EQ(bench.count("quarantine.bad_field"), 3);
  EXPECT_THAT(read_file(bench.output() / "quarantine.jsonl").value(),
              HasSubstr("data[0].answers[1].span_text: missing"));
}

TEST(CoQa, RefusesAnswersThatBelongToOtherQuestions) {
  Talk talk;
  talk.talk()["answers"][1]["turn_id"] = 3;
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  const Status status = bench.run(run_ingest_coqa, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("questions[1].turn_id: 2, but its answer has 3"));
}

TEST(CoQa, RefusesFewerAnswersThanQuestions) {
  Talk talk;
  talk.talk()["answers"].erase(2);
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  const Status status = bench.run(run_ingest_coqa, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("2 answers to 3 questions"));
}

TEST(CoQa, PutsRepeatedConversationsIntoTheQuarantine) {
  Talk talk;
  talk.file["data"].push_back(talk.talk());
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, lenient()));
  EXPECT_EQ(bench.count("examples.train"), 3);
  EXPECT_EQ(bench.count("quarantine.duplicate_id"), 3);
}

TEST(CoQa, PutsSourcesThatTheScorerDoesNotKnowIntoTheQuarantine) {
  Talk talk;
  talk.talk()["source"] = "twitter";
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, lenient()));
  EXPECT_EQ(bench.count("quarantine.unknown_source"), 3);
  EXPECT_EQ(quarantined(bench, "unknown_source")[0],
            "coqa-train.json data[0]: talk1: coqa-train.json data[0].source: \"twitter\"");
}

TEST(CoQa, RefusesNaNWithItsLine) {
  Talk talk;
  std::string text = talk.file.dump(1);
  const std::size_t at = text.find("\"turn_id\": 1");
  text.replace(at, 12, "\"turn_id\": NaN");
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  ExampleBench bench;
  bench.give("train", "coqa-train.json", text);
  const Status status = bench.run(run_ingest_coqa, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr(fmt::format("coqa-train.json:{}: byte {}: not valid JSON", line,
                                    at + std::string_view("\"turn_id\": ").size())));
}

TEST(CoQa, RefusesLoneSurrogates) {
  Talk talk;
  std::string text = talk.file.dump();
  text.replace(text.find("Where?"), 6, "\\ud83d");
  ExampleBench bench;
  bench.give("train", "coqa-train.json", text);
  EXPECT_FALSE(bench.run(run_ingest_coqa, TextBenchmarkIngest{}));
  ASSERT_TRUE(bench.run(run_ingest_coqa, lenient()));
  EXPECT_THAT(quarantined(bench, "invalid_utf8"),
              ElementsAre("coqa-train.json data[0].questions[1]: talk1#2: question holds U+FFFD: "
                          "its bytes were not UTF-8, or were damaged before"));
}

TEST(CoQa, RefusesAFileWithoutConversations) {
  ExampleBench bench;
  bench.give("train", "coqa-train.json", R"({"version": "1.0", "articles": []})");
  const Status status = bench.run(run_ingest_coqa, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("is it CoQA's file?"));
}

TEST(CoQa, ReadsAllSevenSources) {
  Talk talk;
  Json first = talk.talk();
  int number = 2;
  for (const char* source : {"mctest", "gutenberg", "race", "cnn", "reddit", "science"}) {
    first["id"] = fmt::format("talk{}", number++);
    first["source"] = source;
    talk.file["data"].push_back(first);
  }
  ExampleBench bench;
  bench.give("train", "coqa-train.json", talk.file.dump());
  ASSERT_TRUE(bench.run(run_ingest_coqa, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.count("examples.train"), 21);
}

}  // namespace
}  // namespace unimo::stages
