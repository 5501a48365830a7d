#include "stages/ingest/benchmarks/glue.h"

#include "tests/stages/ingest/benchmarks/example_tests.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Sst2, ReadsTheThreeSplitsByTheirColumns) {
  ExampleBench bench;
  bench.give("train", "train.tsv", "sentence\tlabel\nhide new secretions \t0\na gem \t1\n");
  bench.give("dev", "dev.tsv", "label\tsentence\n1\tcharming\n");
  bench.give("test", "test.tsv", "index\tsentence\n0\tuneasy mishmash\n1\tfine\n");
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_TRUE(status) << status.error().message;
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 5U);
  EXPECT_EQ(examples[0].id, "train.tsv:2");
  EXPECT_EQ(examples[0].split, "train");
  EXPECT_EQ(examples[0].parts.at("sentence"), "hide new secretions");
  EXPECT_EQ(examples[0].label, "negative");
  EXPECT_EQ(examples[1].label, "positive");
  EXPECT_EQ(examples[2].split, "val");
  EXPECT_EQ(examples[2].label, "positive");
  EXPECT_EQ(examples[3].id, "test.tsv#0");
  EXPECT_EQ(examples[3].split, "test");
  EXPECT_EQ(examples[3].label, "");
  EXPECT_EQ(bench.count("texts.trimmed"), 2);
}

TEST(Sst2, ReadsFilesWithoutTheirHeader) {
  ExampleBench bench;
  bench.give("train", "train.tsv", "hide new secretions \t0\na gem \t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.count("examples.train"), 2);
  EXPECT_EQ(bench.examples()[0].id, "train.tsv:1");
}

TEST(Sst2, TakesLabelsInWords) {
  ExampleBench bench;
  bench.give("train", "train.tsv", "sentence\tlabel\na gem\tpositive\na bore\tnegative\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.examples()[0].label, "positive");
  EXPECT_EQ(bench.examples()[1].label, "negative");
}

TEST(Sst2, PutsLabelsOutsideTheSetIntoTheQuarantine) {
  ExampleBench bench;
  bench.give("train", "train.tsv", "sentence\tlabel\na\t2\nb\tentailment\nc\t01x\nd\t\ne\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, lenient()));
  EXPECT_EQ(bench.count("examples.train"), 1);
  EXPECT_THAT(bench.quarantined(),
              ElementsAre("train.tsv:2 bad_label", "train.tsv:3 bad_label", "train.tsv:4 bad_label",
                          "train.tsv:5 missing_label"));
  EXPECT_THAT(quarantined(bench, "bad_label"),
              ElementsAre("train.tsv:2: train.tsv:2: \"2\" is none of negative, positive",
                          "train.tsv:3: train.tsv:3: \"entailment\" is none of negative, positive",
                          "train.tsv:4: train.tsv:4: \"01x\" is none of negative, positive"));
  EXPECT_THAT(quarantined(bench, "missing_label"),
              ElementsAre("train.tsv:5: train.tsv:5: no label, and the split is not test"));
}

TEST(Sst2, StopsAtTooManyBadRowsAndNamesFileLineAndValue) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\na\t7\nb\t1\n");
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("dev.tsv:2"));
  EXPECT_THAT(status.error().message, HasSubstr("\"7\""));
}

TEST(Sst2, KeepsTheSplitsApart) {
  ExampleBench bench;
  bench.give("train", "dev.tsv", "sentence\tlabel\na\t1\n");
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("its name says val, but it is given as train"));
}

TEST(Sst2, RefusesTwoFilesOfOneNameBecauseIdsAreMadeOfIt) {
  ExampleBench bench;
  bench.give("train", "a/train.tsv", "sentence\tlabel\na\t1\n");
  bench.give("train", "b/train.tsv", "sentence\tlabel\nb\t1\n");
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("train.tsv"));
}

TEST(Sst2, SaysWhichColumnsThereAreWhenTheLabelIsMissing) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "index\tsentence\n0\ta\n");
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("no column label; there are: index, sentence"));
}

TEST(Sst2, RefusesAnEmptyFile) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "");
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("dev.tsv: is empty; download it again"));
}

TEST(Sst2, RefusesAFolderWhereAFileMustBe) {
  ExampleBench bench;
  bench.write("SST-2/dev.tsv", "sentence\tlabel\na\t1\n");
  bench.input("dev", "SST-2");
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("is a folder"));
}

TEST(Sst2, StopsWithoutAnyInput) {
  ExampleBench bench;
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("train, dev, test"));
}

TEST(Sst2, TakesTheFirstExamplesOfEachSplitAndCountsTheOthers) {
  ExampleBench bench;
  bench.give("train", "train.tsv", "sentence\tlabel\na\t1\nb\t1\nc\t0\n");
  bench.give("dev", "dev.tsv", "sentence\tlabel\nd\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{.max_examples = 2}));
  EXPECT_EQ(bench.count("examples.train"), 2);
  EXPECT_EQ(bench.count("examples.val"), 1);
  EXPECT_EQ(bench.count("skipped.max_examples"), 1);
}

TEST(Sst2, SetsOfficialCountsAgainstACompletePublicationOnly) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\na\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_FALSE(bench.statistics().contains("official"));
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{.complete = true}));
  EXPECT_EQ(bench.statistics()["official"],
            Json({{"examples.val", {{"found", 1}, {"official", 872}}}}));
}

// Section "bad input in the wild": any TSV.

TEST(GlueTsv, TakesUnbalancedQuotesAsCharacters) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv",
             "sentence\tlabel\n\"He said so\t1\nand \"left\" it\"\t0\n\"\t1\nlast\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 4U);
  EXPECT_EQ(examples[0].parts.at("sentence"), "\"He said so");
  EXPECT_EQ(examples[2].parts.at("sentence"), "\"");
}

TEST(GlueTsv, ReadsCarriageReturnsAtLineEnds) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\r\na b\t1\r\nc\t0\r\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.count("examples.val"), 2);
  EXPECT_EQ(bench.examples()[1].label, "negative");
}

TEST(GlueTsv, PassesOverAByteOrderMark) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "\xEF\xBB\xBFsentence\tlabel\na b\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.count("examples.val"), 1);
}

TEST(GlueTsv, ReadsALastLineWithoutItsEnd) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\na\t1\nb\t0");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.count("examples.val"), 2);
}

TEST(GlueTsv, DropsTabsAtTheEndOfRowsAndCountsThem) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\t\na\t1\t\nb\t0\t\t\nc\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.count("examples.val"), 3);
  EXPECT_EQ(bench.count("rows.trailing_tabs"), 2);
}

TEST(GlueTsv, PutsRowsWithAColumnTooManyIntoTheQuarantine) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\na\tb\t1\nc\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, lenient()));
  EXPECT_EQ(bench.count("examples.val"), 1);
  EXPECT_THAT(quarantined(bench, "wrong_columns"),
              ElementsAre("dev.tsv:2: dev.tsv:2: 3 fields where 2 must be; is there a tab inside a "
                          "text? a\tb\t1"));
}

TEST(GlueTsv, PutsRowsWithAColumnTooFewIntoTheQuarantine) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\nonly text\nc\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, lenient()));
  EXPECT_THAT(quarantined(bench, "wrong_columns"),
              ElementsAre("dev.tsv:2: dev.tsv:2: 1 fields where 2 must be; is there a tab inside a "
                          "text? only text"));
}

TEST(GlueTsv, CountsAnOfficialFileThatAMirrorShortened) {
  ExampleBench bench;
  bench.give("train", "train.tsv", "sentence\tlabel\na\t1\nb\t0\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{.complete = true}));
  EXPECT_EQ(bench.statistics()["official"],
            Json({{"examples.train", {{"found", 2}, {"official", 67349}}}}));
}

TEST(GlueTsv, PassesOverEmptyLinesAndCountsThem) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\na\t1\n\nb\t1\n\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.count("examples.val"), 2);
  EXPECT_EQ(bench.count("lines.empty"), 2);
}

TEST(GlueTsv, EndsLinesAtLineFeedsAlone) {
  ExampleBench bench;
  // U+2028, U+0085, a form feed and a lone carriage return belong to the text.
  bench.give("dev", "dev.tsv",
             "sentence\tlabel\na\xE2\x80\xA8z\t1\nb\xC2\x85z\t1\nc\fz\t1\nd\rz\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  const auto examples = bench.examples();
  ASSERT_EQ(examples.size(), 4U);
  EXPECT_EQ(examples[0].parts.at("sentence"), "a\xE2\x80\xA8z");
  EXPECT_EQ(examples[2].parts.at("sentence"), "c\fz");
  EXPECT_EQ(examples[3].parts.at("sentence"), "d\rz");
}

TEST(GlueTsv, NamesTheByteOfTheFileThatIsNotUtf8) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\ncaf\xE9\t1\nb\t1\n");  // Latin-1
  ASSERT_TRUE(bench.run(run_ingest_sst2, lenient()));
  EXPECT_THAT(quarantined(bench, "invalid_utf8"),
              ElementsAre("dev.tsv:2: dev.tsv:2: byte 18 of the file is not UTF-8: caf\uFFFD\t1"));
}

TEST(GlueTsv, KeepsDecomposedAccentsAndNonBreakingBlanksAsTheyAre) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\ncafe\xCC\x81 au\xC2\xA0lait\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.examples()[0].parts.at("sentence"), "cafe\xCC\x81 au\xC2\xA0lait");
}

TEST(GlueTsv, RefusesUtf16) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", std::string("\xFF\xFEs\0e\0", 6));
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("dev.tsv: byte 0: is UTF-16; convert it to UTF-8"));
}

TEST(GlueTsv, PutsEmptySentencesIntoTheQuarantine) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\n \t1\nb\t1\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, lenient()));
  EXPECT_THAT(bench.quarantined(), ElementsAre("dev.tsv:2 empty_part"));
}

TEST(GlueTsv, PutsARepeatedIndexIntoTheQuarantine) {
  ExampleBench bench;
  bench.give("test", "test.tsv", "index\tsentence\n0\ta\n0\tb\n1\tc\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, lenient()));
  EXPECT_EQ(bench.count("examples.test"), 2);
  EXPECT_THAT(bench.quarantined(), ElementsAre("test.tsv:3 duplicate_id"));
}

TEST(GlueTsv, ReadsPackedFilesAndNamesExamplesWithoutTheEnding) {
  ExampleBench bench;
  constexpr std::string_view kGzip(
      "\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\x03\x2B\x4E\xCD\x2B\x49\xCD"
      "\x4B\x4E\xE5\xCC\x49\x4C\x4A\xCD\xE1\x4A\x54\x48\x4F\xCD\xE5\x34"
      "\xE4\x02\x00\x43\x85\xE4\x3D\x17\x00\x00\x00",
      43);  // sentence, label; a gem, 1
  bench.give("dev", "dev.tsv.gz", kGzip);
  ASSERT_TRUE(bench.run(run_ingest_sst2, TextBenchmarkIngest{}));
  EXPECT_EQ(bench.example("dev.tsv:2").parts.at("sentence"), "a gem");
}

TEST(GlueTsv, RefusesAPackedFileThatIsCut) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv.gz", std::string("\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\xFF\x2B", 11));
  const Status status = bench.run(run_ingest_sst2, TextBenchmarkIngest{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("dev.tsv.gz: byte "));
}

TEST(GlueTsv, GivesTheSameArtifactEachTime) {
  ExampleBench bench;
  bench.give("dev", "dev.tsv", "sentence\tlabel\na\t1\nb\t9\n");
  ASSERT_TRUE(bench.run(run_ingest_sst2, lenient()));
  const std::string first = bench.digest();
  ASSERT_TRUE(bench.run(run_ingest_sst2, lenient()));
  EXPECT_EQ(bench.digest(), first);
}

}  // namespace
}  // namespace unimo::stages
