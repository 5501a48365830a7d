#include "stages/score/label_files.h"

#include "tests/stages/score/written.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class Labels : public Written {
 protected:
  LabelTask task(const char* name, const char* digits = "") const {
    return label_task(name, digits).value();
  }
  // Four rows of SST-2: 1 0 1 0.
  LabelFile sst2_gold() const {
    return read_gold(task("sst2"),
                     write("dev.tsv", "sentence\tlabel\nfine \t1\nbad\t0\na \"quote\t1\nno\t0\n"))
        .value();
  }
  Result<LabelFile> sst2(std::string_view predictions) const {
    const LabelFile gold = sst2_gold();
    return read_predicted(task("sst2"), write("p.tsv", predictions), gold);
  }
};

TEST_F(Labels, GoldRowsHaveNumbersFromZeroAndQuotesAreCharacters) {
  const LabelFile gold = sst2_gold();
  EXPECT_THAT(gold.ids, ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(gold.labels, ElementsAre("positive", "negative", "positive", "negative"));
}

TEST_F(Labels, ColaHasNoHeaderAndTheFirstLineCounts) {
  const auto gold = read_gold(task("cola"), write("dev.tsv",
                                                  "gj04\t1\t\tThe sailors rode.\n"
                                                  "gj04\t0\t*\tThem rode.\n"));
  ASSERT_TRUE(gold.has_value());
  EXPECT_THAT(gold->labels, ElementsAre("acceptable", "unacceptable"));
}

TEST_F(Labels, PredictionsOfTheGlueSiteMayStandInAnyOrder) {
  const auto file = sst2("index\tprediction\n3\t0\n0\t1\n2\t0\n1\t0\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->labels, ElementsAre("positive", "negative", "negative", "negative"));
}

TEST_F(Labels, PredictionsOfTheReleasedScriptsHaveIdClassAndProbabilities) {
  const auto file = sst2("0\t1\t[0.1 0.9]\n1\t1\t[0.2 0.8]\n2\t0\t[0.9 0.1]\n3\t0\t[1 0]\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->labels, ElementsAre("positive", "positive", "negative", "negative"));
}

TEST_F(Labels, OneValueALineIsInTheOrderOfTheGoldFile) {
  const auto file = sst2("positive\nnegative\n1\n0");
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->labels, ElementsAre("positive", "negative", "positive", "negative"));
}

TEST_F(Labels, ATableWithLabelAndPredictionIsBoth) {
  const auto path = write("both.tsv", "index\tlabel\tprediction\n0\t1\t0\n1\t0\t0\n");
  const auto gold = read_gold(task("sst2"), path);
  ASSERT_TRUE(gold.has_value());
  EXPECT_THAT(gold->labels, ElementsAre("positive", "negative"));
  EXPECT_THAT(read_predicted(task("sst2"), path, *gold)->labels,
              ElementsAre("negative", "negative"));
}

TEST_F(Labels, FewerPredictionsThanGoldRowsAreRefusedByNumber) {
  EXPECT_THAT(refusal(sst2("index\tprediction\n0\t1\n1\t0\n")),
              HasSubstr("2 ids of 4 missing: 2, 3"));
}

TEST_F(Labels, RepeatedAndUnknownIdsAreRefused) {
  EXPECT_THAT(refusal(sst2("index\tprediction\n0\t1\n0\t1\n1\t0\n2\t1\n3\t0\n9\t0\n")),
              AllOf(HasSubstr("1 id more than once: 0"), HasSubstr("not among the references: 9")));
}

TEST_F(Labels, AnUnknownClassIsRefusedByLine) {
  EXPECT_THAT(
      refusal(sst2("index\tprediction\n0\t1\n1\tpos\n")),
      AllOf(HasSubstr("p.tsv:3: \"pos\" is no class of sst2"), HasSubstr("negative, positive")));
}

TEST_F(Labels, ALineWithoutAClassIsRefused) {
  EXPECT_THAT(refusal(sst2("0\t1\n1\n2\t1\n3\t1\n")), HasSubstr("p.tsv:2: 1 columns"));
}

TEST_F(Labels, CarriageReturnsAreToldAndNotScored) {
  const auto file = sst2("index\tprediction\r\n0\t1\r\n1\t0\r\n2\t1\r\n3\t0\r\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->warnings, ElementsAre(HasSubstr("5 lines end in CR LF")));
}

TEST_F(Labels, DigitsOfMnliNeedAnOrderBecauseToolkitsDiffer) {
  const auto gold = read_gold(task("mnli"), write("dev_matched.tsv",
                                                  "index\tsentence1\tsentence2\tgold_label\n"
                                                  "0\ta\tb\tneutral\n1\tc\td\tentailment\n"));
  ASSERT_TRUE(gold.has_value());
  const auto path = write("p", "0\t1\n1\t2\n");
  EXPECT_THAT(refusal(read_predicted(task("mnli"), path, *gold)),
              AllOf(HasSubstr("p:1: \"1\" is no class of mnli"), HasSubstr("--digits")));
  const auto fairseq = task("mnli", "contradiction,neutral,entailment");
  EXPECT_THAT(read_predicted(fairseq, path, *gold)->labels, ElementsAre("neutral", "entailment"));
  EXPECT_THAT(refusal(label_task("mnli", "neutral,entailment")), HasSubstr("each class"));
}

TEST_F(Labels, ScoresAreFiniteNumbers) {
  const auto gold = read_gold(task("stsb"), write("dev.tsv",
                                                  "index\tsentence1\tsentence2\tscore\n"
                                                  "0\ta\tb\t5.000\n1\tc\td\t0\n"));
  ASSERT_TRUE(gold.has_value());
  EXPECT_THAT(gold->scores, ElementsAre(5.0, 0.0));
  EXPECT_THAT(read_predicted(task("stsb"), write("p", "0\t4.5\n1\t-1e-1\n"), *gold)->scores,
              ElementsAre(4.5, -0.1));
  for (const char* bad : {"nan", "inf", "4,5", "", "1e999"})
    EXPECT_THAT(
        refusal(read_predicted(task("stsb"), write("p", fmt::format("0\t{}\n1\t1\n", bad)), *gold)),
        HasSubstr("p:1: \"" + std::string(bad) + "\" is no finite number"));
}

TEST_F(Labels, EntailmentRowsWithoutAgreementAreLeftOutAndCounted) {
  const auto gold =
      read_gold(task("snli_ve"), write("dev.jsonl",
                                       "{\"pairID\": \"a.jpg#0\", \"gold_label\": \"neutral\"}\n"
                                       "{\"pairID\": \"a.jpg#1\", \"gold_label\": \"-\"}\n"));
  ASSERT_TRUE(gold.has_value());
  EXPECT_THAT(gold->ids, ElementsAre("a.jpg#0"));
  EXPECT_THAT(gold->warnings, ElementsAre(HasSubstr("1 rows without a gold label")));
  const auto predicted = read_predicted(
      task("snli_ve"), write("p.jsonl", "{\"pairID\": \"a.jpg#0\", \"prediction\": \"neutral\"}\n"),
      *gold);
  ASSERT_TRUE(predicted.has_value());
  EXPECT_THAT(predicted->labels, ElementsAre("neutral"));
}

TEST_F(Labels, WrongJsonTypesAreRefusedByLine) {
  const auto gold = read_gold(
      task("snli_ve"), write("dev.jsonl", "{\"pairID\": \"a\", \"gold_label\": \"neutral\"}\n"));
  EXPECT_THAT(
      refusal(read_predicted(
          task("snli_ve"), write("p.jsonl", "{\"pairID\": \"a\", \"prediction\": [1]}\n"), *gold)),
      AllOf(HasSubstr("p.jsonl:1"), HasSubstr("a list")));
  EXPECT_THAT(refusal(read_gold(task("snli_ve"),
                                write("x.jsonl", "{\"pairID\": \"a\", \"gold_label\": 3}\n"))),
              AllOf(HasSubstr("x.jsonl:1"), HasSubstr("gold_label")));
}

}  // namespace
}  // namespace unimo::stages
