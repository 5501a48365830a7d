// CoLA, STS-B and MNLI; SST-2 and what all share are in glue_test.cc.
#include "stages/ingest/benchmarks/glue.h"

#include "tests/stages/ingest/benchmarks/example_tests.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kMnliHeader =
    "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\t"
    "sentence1_parse\tsentence2_parse\tsentence1\tsentence2\tlabel1\tgold_label\n";

std::string mnli_row(int index, std::string_view premise, std::string_view hypothesis,
                     std::string_view label) {
  return fmt::format("{0}\t9{0}\t9{0}n\tfiction\tb1\tb2\tp1\tp2\t{1}\t{2}\tneutral\t{3}\n", index,
                     premise, hypothesis, label);
}

TEST(Cola, TakesTheFirstLineAsDataBecauseThereIsNoHeader) {
  ExampleBench bench;
  bench.give("train", "in_domain_train.tsv",
             "gj04\t1\t\tOur friends won't buy this.\ncj99\t0\t*\tThe more.\nr-67\t0\t \tWho?\n");
  bench.give("dev", "in_domain_dev.tsv", "gj04\t1\t\tThe sailors rode.\n");
  bench.give("dev", "out_of_domain_dev.tsv", "clc95\t0\t?*\tSomebody left.\n");
  bench.give("test", "test.tsv", "index\tsentence\n0\tBill whistled.\n");
  const Status status = bench.run(run_ingest_cola, TextBenchmarkIngest{.complete = true});
  ASSERT_TRUE(status) << status.error().message;
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 6U);
  EXPECT_EQ(examples[0].id, "in_domain_train.tsv:1");
  EXPECT_EQ(examples[0].label, "acceptable");
  EXPECT_EQ(examples[0].extra, Json({{"set", "in_domain"}, {"source", "gj04"}}));
  EXPECT_EQ(examples[1].label, "unacceptable");
  EXPECT_EQ(examples[1].extra["mark"], "*");
  EXPECT_FALSE(examples[2].extra.contains("mark"));
  EXPECT_EQ(examples[4].extra["set"], "out_of_domain");
  EXPECT_EQ(examples[5].id, "test.tsv#0");
  EXPECT_EQ(bench.statistics()["official"]["examples.val"]["official"], 527 + 516);
}

TEST(Cola, ExpectsGluesDevFileWhole) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "gj04\t1\t\tThe sailors rode.\n");
  ASSERT_TRUE(bench.run(run_ingest_cola, TextBenchmarkIngest{.complete = true}));
  EXPECT_EQ(bench.statistics()["official"]["examples.val"]["official"], 1043);
}

TEST(StsB, ReadsGluesColumnsAndScores) {
  ExampleBench bench;
  const std::string header =
      "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2";
  bench.give("train", "train.tsv",
             header +
                 "\tscore\n7\tmain-captions\tMSRvid\t2012test\t0001\tnone\tnone\tA plane.\t"
                 "An air plane.\t5.000\n8\tg\tf\ty\to\tn\tn\tA \"man.\tOne.\t3\n");
  bench.give("test", "test.tsv", header + "\n0\tg\tf\ty\to\tn\tn\tA girl.\tA boy.\n");
  ASSERT_TRUE(bench.run(run_ingest_stsb, TextBenchmarkIngest{}));
  const ExampleRecord first = bench.example("train.tsv#7");
  EXPECT_EQ(first.score, 5.0);
  EXPECT_EQ(first.parts.at("sentence2"), "An air plane.");
  EXPECT_EQ(first.extra["genre"], "main-captions");
  EXPECT_EQ(first.extra["year"], "2012test");
  EXPECT_EQ(bench.example("train.tsv#8").score, 3.0);
  EXPECT_FALSE(bench.example("test.tsv#0").score);
}

TEST(StsB, ReadsTheOriginalFileWithSevenOrNineColumns) {
  ExampleBench bench;
  bench.give("dev", "sts-dev.csv",
             "main-captions\tMSRvid\t2012test\t0000\t5.000\tA man.\tA \"man.\n"
             "main-news\tMSRpar\t2012test\t0001\t2.5\tOne.\tTwo.\tlicence\tlicence\n"
             "main-news\tMSRpar\t2012test\t0002\t2.5\tOne.\tTwo.\teight\n");
  ASSERT_TRUE(bench.run(run_ingest_stsb, lenient()));
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 2U);
  EXPECT_EQ(examples[0].id, "sts-dev.csv:1");
  EXPECT_EQ(examples[0].parts.at("sentence2"), "A \"man.");
  EXPECT_EQ(examples[1].score, 2.5);
  EXPECT_EQ(examples[1].extra["old_index"], "0001");
  EXPECT_THAT(bench.quarantined(), ElementsAre("sts-dev.csv:3 wrong_columns"));
}

TEST(StsB, NamesTheColumnScoreWhenADevelopmentFileLacksIt) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "index\tsentence1\tsentence2\n0\tA girl.\tA boy.\n");
  const Status status = bench.run(run_ingest_stsb, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("dev.tsv:1: no column score; there are: index, sentence1, sentence2"));
}

TEST(StsB, PutsScoresOutsideTheScaleIntoTheQuarantine) {
  ExampleBench bench;
  bench.give("dev", "sts-dev.csv",
             "g\tf\ty\t1\t5.001\ta\tb\ng\tf\ty\t2\t-0.1\ta\tb\ng\tf\ty\t3\tnan\ta\tb\n"
             "g\tf\ty\t4\t4,5\ta\tb\ng\tf\ty\t5\t0\ta\tb\n");
  ASSERT_TRUE(bench.run(run_ingest_stsb, lenient()));
  EXPECT_EQ(bench.count("examples.val"), 1);
  EXPECT_EQ(bench.count("quarantine.bad_score"), 4);
  EXPECT_THAT(quarantined(bench, "bad_score")[3],
              HasSubstr("sts-dev.csv:4: sts-dev.csv:4: \"4,5\" is not a number from 0 to 5"));
}

TEST(Mnli, TellsMatchedFromMismatchedInIdAndExtra) {
  ExampleBench bench;
  const std::string row = mnli_row(0, "The new rights", "Everyone", "neutral");
  bench.give("dev_matched", "dev_matched.tsv", std::string(kMnliHeader) + row);
  bench.give("dev_mismatched", "dev_mismatched.tsv", std::string(kMnliHeader) + row);
  bench.give("diagnostic", "diagnostic.tsv", "index\tsentence1\tsentence2\n0\tA cat.\tA pet.\n");
  const Status status = bench.run(run_ingest_mnli, MnliIngest{});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench.count("examples.val"), 2);
  const ExampleRecord matched = bench.example("dev_matched.tsv#0");
  EXPECT_EQ(matched.split, "val");
  EXPECT_EQ(matched.label, "neutral");
  EXPECT_EQ(matched.parts.at("premise"), "The new rights");
  EXPECT_EQ(matched.parts.at("hypothesis"), "Everyone");
  EXPECT_EQ(matched.extra, Json({{"set", "matched"},
                                 {"genre", "fiction"},
                                 {"pair_id", "90n"},
                                 {"prompt_id", "90"},
                                 {"annotators", Json::array({"neutral"})}}));
  EXPECT_EQ(bench.example("dev_mismatched.tsv#0").extra["set"], "mismatched");
  EXPECT_EQ(bench.example("diagnostic.tsv#0").extra["set"], "diagnostic");
  EXPECT_EQ(bench.example("diagnostic.tsv#0").split, "test");
}

TEST(Mnli, KeepsMatchedAndMismatchedApart) {
  ExampleBench bench;
  bench.give("dev_matched", "dev_mismatched.tsv",
             std::string(kMnliHeader) + mnli_row(0, "a", "b", "neutral"));
  const Status status = bench.run(run_ingest_mnli, MnliIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("its name says mismatched"));
}

TEST(Mnli, LeavesOutRowsWithoutAMajorityAndCountsThem) {
  ExampleBench bench;
  bench.give(
      "train", "train.tsv",
      std::string(kMnliHeader) + mnli_row(0, "a", "b", "-") + mnli_row(1, "a", "c", "entailment"));
  ASSERT_TRUE(bench.run(run_ingest_mnli, MnliIngest{}));
  EXPECT_EQ(bench.count("examples.train"), 1);
  EXPECT_EQ(bench.count("skipped.no_gold_label"), 1);
  EXPECT_THAT(bench.quarantined(), IsEmpty());
}

TEST(Mnli, TakesDigitsOnlyWhenTheirMeaningIsGiven) {
  ExampleBench bench;
  bench.give("train", "train.tsv", "label\tsentence1\tsentence2\n0\ta\tb\n2\tc\td\n");
  const Status status = bench.run(run_ingest_mnli, MnliIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("set digits"));
  MnliIngest params;
  params.digits = {"contradiction", "neutral", "entailment"};
  ASSERT_TRUE(bench.run(run_ingest_mnli, params));
  EXPECT_EQ(bench.examples()[0].label, "contradiction");
  EXPECT_EQ(bench.examples()[1].label, "entailment");
}

TEST(Mnli, ReadsMultiNlisOwnTextFile) {
  ExampleBench bench;
  bench.give("dev_matched", "multinli_1.0_dev_matched.txt",
             "gold_label\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\t"
             "sentence2_parse\tsentence1\tsentence2\tpromptID\tpairID\tgenre\tlabel1\tlabel2\t"
             "label3\tlabel4\tlabel5\n"
             "neutral\tb\tb\tp\tp\tThe new rights\tEveryone\t63735\t63735n\tslate\tneutral\t"
             "entailment\tneutral\tneutral\tneutral\n"
             "-\tb\tb\tp\tp\tx\ty\t1\t1n\tslate\ta\tb\tc\td\te\n");
  ASSERT_TRUE(bench.run(run_ingest_mnli, MnliIngest{}));
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 1U);
  EXPECT_EQ(examples[0].id, "multinli_1.0_dev_matched.txt#63735n");
  EXPECT_EQ(examples[0].extra["annotators"].size(), 5U);
}

TEST(Mnli, ReadsMultiNlisJsonLines) {
  ExampleBench bench;
  bench.give("train", "multinli_1.0_train.jsonl",
             R"({"annotator_labels": ["neutral"], "genre": "government", "gold_label": "neutral",)"
             R"( "pairID": "31193n", "promptID": "31193", "sentence1": "Cream skimming",)"
             R"( "sentence2": "Product", "sentence1_parse": "(S x"})"
             "\n{\"gold_label\": \"neutral\", \"sentence1\": 7}\n"
             "{\"sentence1\": \"\\ud83d\", \"sentence2\": \"b\", \"gold_label\": \"neutral\"}\n"
             "{\"gold_label\": NaN}\nnull\n");
  MnliIngest params;
  params.max_bad_share = 1;
  ASSERT_TRUE(bench.run(run_ingest_mnli, params));
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 1U);
  EXPECT_EQ(examples[0].id, "multinli_1.0_train.jsonl#31193n");
  EXPECT_EQ(examples[0].extra["annotators"], Json::array({"neutral"}));
  EXPECT_THAT(
      bench.quarantined(),
      ElementsAre("multinli_1.0_train.jsonl:2 bad_field",
                  "multinli_1.0_train.jsonl:3 bad_field",  // a lone surrogate
                  "multinli_1.0_train.jsonl:4 bad_field", "multinli_1.0_train.jsonl:5 bad_field"));
  const auto details = quarantined(bench, "bad_field");
  EXPECT_THAT(details[0], HasSubstr("sentence1: missing, or no text"));
  EXPECT_THAT(details[2], HasSubstr("not valid JSON"));
  EXPECT_THAT(details[3], HasSubstr("not a JSON object"));
}

TEST(Mnli, ReadsLabelPremiseHypothesisWithoutAHeader) {
  ExampleBench bench;
  bench.give("dev_mismatched", "dev_mismatched.tokenized.tsv", "entailment\ta .\tb .\n");
  ASSERT_TRUE(bench.run(run_ingest_mnli, MnliIngest{}));
  EXPECT_EQ(bench.examples()[0].parts.at("premise"), "a .");
}

}  // namespace
}  // namespace unimo::stages
