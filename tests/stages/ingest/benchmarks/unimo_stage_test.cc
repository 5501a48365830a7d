// Examples to UNIMO's files and back.
#include "stages/ingest/quarantine.h"
#include "tests/stages/ingest/benchmarks/example_tests.h"
#include "tests/stages/ingest/benchmarks/tiny_bpe.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

UnimoIngest ingest_of(const std::string& task) {
  UnimoIngest params;
  params.task = task;
  return params;
}

// Writes records, exports them, and reads the files back.
class UnimoFiles : public testing::Test {
 protected:
  void SetUp() override { write_tiny_bpe(bench_, "bpe"); }

  void write_records(const std::vector<ExampleRecord>& examples) {
    auto writer = RecordsWriter::create(bench_.path("records"), "made").value();
    for (const ExampleRecord& example : examples) ASSERT_TRUE(writer.add_example(example));
    ASSERT_TRUE(writer.finish(Quarantine()));
  }

  Status export_task(const std::string& task) {
    bench_.input("examples", "records");
    bench_.input("bpe", "bpe");
    const Status status = bench_.run(run_export_unimo, UnimoExport{task});
    fs::rename(bench_.output(), bench_.path("files"));
    return status;
  }

  std::string file(const std::string& name) {
    return read_file(bench_.path("files") / name).value();
  }

  // Everything of the files named, with their ids.
  std::vector<ExampleRecord> import(const std::string& task,
                                    const std::vector<std::pair<std::string, std::string>>& names) {
    back_.input("bpe", bench_.path("bpe"));
    for (const auto& [input, name] : names) {
      back_.input(input, bench_.path("files") / (name + ".tsv"));
      back_.input("ids", bench_.path("files") / (name + ".ids.tsv"));
    }
    const Status status = back_.run(run_ingest_unimo, ingest_of(task));
    EXPECT_TRUE(status) << status.error().message;
    return status ? back_.examples() : std::vector<ExampleRecord>();
  }

  StageBench bench_;
  ExampleBench back_;
};

void expect_same(const ExampleRecord& left, const ExampleRecord& right) {
  EXPECT_EQ(left.id, right.id);
  EXPECT_EQ(left.split, right.split);
  EXPECT_EQ(left.parts, right.parts);
  EXPECT_EQ(left.label, right.label);
  EXPECT_EQ(left.score, right.score);
  EXPECT_EQ(left.targets, right.targets);
  ASSERT_EQ(left.history.size(), right.history.size());
  for (std::size_t i = 0; i < left.history.size(); ++i) {
    EXPECT_EQ(left.history[i].question, right.history[i].question);
    EXPECT_EQ(left.history[i].answer, right.history[i].answer);
  }
}

TEST_F(UnimoFiles, HoldSst2AsPlainTextWithNumbersForLabels) {
  const std::vector<ExampleRecord> examples = {
      {.id = "a", .split = "train", .parts = {{"sentence", "a \"gem"}}, .label = "positive"},
      {.id = "b", .split = "train", .parts = {{"sentence", "a bore"}}, .label = "negative"},
      {.id = "c", .split = "test", .parts = {{"sentence", "unknown"}}}};
  write_records(examples);
  ASSERT_TRUE(export_task("sst2"));
  EXPECT_EQ(file("train.tsv"), "qid\ttext_a\tlabel\n0\ta \"gem\t1\n1\ta bore\t0\n");
  EXPECT_EQ(file("test.tsv"), "qid\ttext_a\tlabel\n0\tunknown\t-1\n");
  EXPECT_EQ(file("train.ids.tsv"), "id\na\nb\n");
  const auto back = import("sst2", {{"train", "train"}, {"test", "test"}});
  ASSERT_EQ(back.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) expect_same(back[i], examples[i]);
}

TEST_F(UnimoFiles, PutMnlisSetsWhereItsScriptsLook) {
  const auto example = [](const char* id, const char* split, const char* set, const char* label) {
    ExampleRecord item{
        .id = id, .split = split, .parts = {{"premise", "p"}, {"hypothesis", "h"}}, .label = label};
    if (*set != '\0') item.extra["set"] = set;
    return item;
  };
  const std::vector<ExampleRecord> examples = {
      example("1", "train", "", "entailment"), example("2", "val", "matched", "contradiction"),
      example("3", "val", "mismatched", "neutral"), example("4", "test", "diagnostic", "")};
  write_records(examples);
  ASSERT_TRUE(export_task("mnli"));
  EXPECT_EQ(file("train.tsv"), "qid\ttext_a\ttext_b\tlabel\n0\tp\th\t2\n");
  EXPECT_EQ(file("m/dev.tsv"), "qid\ttext_a\ttext_b\tlabel\n0\tp\th\t0\n");
  EXPECT_EQ(file("mm/dev.tsv"), "qid\ttext_a\ttext_b\tlabel\n0\tp\th\t1\n");
  EXPECT_EQ(file("diagnostic.tsv"), "qid\ttext_a\ttext_b\tlabel\n0\tp\th\t-1\n");
  const auto back = import("mnli", {{"train", "train"},
                                    {"dev_matched", "m/dev"},
                                    {"dev_mismatched", "mm/dev"},
                                    {"diagnostic", "diagnostic"}});
  ASSERT_EQ(back.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    expect_same(back[i], examples[i]);
    EXPECT_EQ(back[i].extra.value("set", ""), examples[i].extra.value("set", ""));
  }
}

TEST_F(UnimoFiles, HoldStsBsScores) {
  const std::vector<ExampleRecord> examples = {
      {.id = "a", .split = "val", .parts = {{"sentence1", "x"}, {"sentence2", "y"}}, .score = 3.8},
      {.id = "b", .split = "val", .parts = {{"sentence1", "x"}, {"sentence2", "z"}}, .score = 5}};
  write_records(examples);
  ASSERT_TRUE(export_task("stsb"));
  EXPECT_EQ(file("dev.tsv"), "qid\ttext_a\ttext_b\tlabel\n0\tx\ty\t3.8\n1\tx\tz\t5\n");
  const auto back = import("stsb", {{"dev", "dev"}});
  ASSERT_EQ(back.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) expect_same(back[i], examples[i]);
}

TEST_F(UnimoFiles, HoldColasLabels) {
  const std::vector<ExampleRecord> examples = {
      {.id = "a", .split = "val", .parts = {{"sentence", "Who?"}}, .label = "unacceptable"}};
  write_records(examples);
  ASSERT_TRUE(export_task("cola"));
  const auto back = import("cola", {{"dev", "dev"}});
  ASSERT_EQ(back.size(), 1U);
  expect_same(back[0], examples[0]);
}

TEST_F(UnimoFiles, HoldCoQasTurnsWithTheStoryAsKnowledge) {
  const std::vector<ExampleRecord> examples = {
      {.id = "t#1",
       .split = "val",
       .parts = {{"story", "b\n\nan a"}, {"question", "Q?"}},
       .targets = {"A"}},
      {.id = "t#2",
       .split = "val",
       .parts = {{"story", "b\n\nan a"}, {"question", "R?"}},
       .history = {{"Q?", "A"}},
       .targets = {"B"}}};
  write_records(examples);
  ASSERT_TRUE(export_task("coqa"));
  EXPECT_EQ(file("dev.tsv"),
            "knowledge\tsrc\ttgt\n"
            "98 10 10 97 110 256\t81 63\t65\n"
            "98 10 10 97 110 256\t81 63 [SEP] 65 [SEP] 82 63\t66\n");
  const auto back = import("coqa", {{"dev", "dev"}});
  ASSERT_EQ(back.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) expect_same(back[i], examples[i]);
}

TEST_F(UnimoFiles, HoldPassageAndAnswerOfQuestionGeneration) {
  const std::vector<ExampleRecord> examples = {
      {.id = "q1",
       .split = "train",
       .parts = {{"passage", "b an"}, {"answer", "an"}},
       .targets = {"who?"}},
      {.id = "q2", .split = "train", .parts = {{"passage", "c"}}, .targets = {"what?"}}};
  write_records(examples);
  ASSERT_TRUE(export_task("squad_qg"));
  EXPECT_THAT(file("train.tsv"), HasSubstr("src\ttgt\n98 257 [SEP] 97 110\t"));
  const auto back = import("squad_qg", {{"train", "train"}});
  ASSERT_EQ(back.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) expect_same(back[i], examples[i]);
}

TEST_F(UnimoFiles, MarkTheSentencesOfSummariesAndHaveAShortDevFile) {
  std::vector<ExampleRecord> examples;
  for (int i = 0; i < 2001; ++i) {
    examples.push_back({.id = fmt::format("s{}", i),
                        .split = "val",
                        .parts = {{"article", "b\nc"}},
                        .targets = {"One.\nTwo."}});
  }
  write_records(examples);
  ASSERT_TRUE(export_task("cnndm"));
  EXPECT_EQ(read_lines(bench_.path("files/dev.tsv")).value().size(), 2002U);
  EXPECT_EQ(read_lines(bench_.path("files/dev.2k.tsv")).value().size(), 2001U);
  const auto back = import("cnndm", {{"dev", "dev.2k"}});
  ASSERT_EQ(back.size(), 2000U);
  expect_same(back[1999], examples[1999]);
}

TEST_F(UnimoFiles, HoldGigawordsPairs) {
  const std::vector<ExampleRecord> examples = {{.id = "g",
                                                .split = "test",
                                                .parts = {{"sentence", "nec UNK an"}},
                                                .targets = {"nec <unk>"}}};
  write_records(examples);
  ASSERT_TRUE(export_task("gigaword"));
  const auto back = import("gigaword", {{"test", "test"}});
  ASSERT_EQ(back.size(), 1U);
  expect_same(back[0], examples[0]);
}

TEST_F(UnimoFiles, ReplaceTabsInPlainTextAndCountThem) {
  write_records(
      {{.id = "a", .split = "val", .parts = {{"sentence", "a\tb\nc"}}, .label = "positive"}});
  ASSERT_TRUE(export_task("sst2"));
  EXPECT_EQ(file("dev.tsv"), "qid\ttext_a\tlabel\n0\ta b c\t1\n");
  EXPECT_EQ(bench_.count("texts.blanked"), 1);
}

TEST_F(UnimoFiles, RefuseExamplesOfAnotherTask) {
  write_records({{.id = "a", .split = "val", .parts = {{"premise", "p"}}, .label = "neutral"}});
  const Status status = export_task("sst2");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("has no part sentence"));
}

TEST_F(UnimoFiles, MakeIdsOfInputAndRowWhereThereIsNoList) {
  bench_.write("dev.tsv", "qid\ttext_a\tlabel\n0\ta\t1\n1\tb\t0\n");
  back_.input("dev", bench_.path("dev.tsv"));
  ASSERT_TRUE(back_.run(run_ingest_unimo, ingest_of("sst2")));
  EXPECT_EQ(back_.examples()[1].id, "dev#1");
}

TEST_F(UnimoFiles, TakeTestLabelsOnRequestOnly) {
  bench_.write("test.tsv", "label\ttext_a\n1\ta\n");
  back_.input("test", bench_.path("test.tsv"));
  ASSERT_TRUE(back_.run(run_ingest_unimo, ingest_of("sst2")));
  EXPECT_EQ(back_.examples()[0].label, "");
  UnimoIngest params = ingest_of("sst2");
  params.test_labels = true;
  ASSERT_TRUE(back_.run(run_ingest_unimo, params));
  EXPECT_EQ(back_.examples()[0].label, "positive");
}

TEST_F(UnimoFiles, PutRowsThatAreNoneIntoTheQuarantine) {
  bench_.write("dev.tsv",
               "src\ttgt\tknowledge\n81 [SEP] 65\t66\t98\n81\t66 [SEP] 67\t98\nplain\t66\t98\n"
               "81\t66\t98\n81\t66\n");
  back_.input("dev", bench_.path("dev.tsv"));
  back_.input("bpe", bench_.path("bpe"));
  UnimoIngest params = ingest_of("coqa");
  params.max_bad_share = 1;
  ASSERT_TRUE(back_.run(run_ingest_unimo, params));
  EXPECT_EQ(back_.count("examples.val"), 1);
  EXPECT_THAT(back_.quarantined(), ElementsAre("dev.tsv:2 bad_row", "dev.tsv:3 bad_row",
                                               "dev.tsv:4 bad_row", "dev.tsv:6 wrong_columns"));
}

TEST_F(UnimoFiles, RefuseListsOfIdsOfAnotherLength) {
  bench_.write("dev.tsv", "text_a\tlabel\na\t1\nb\t0\n");
  back_.input("dev", bench_.path("dev.tsv"));
  for (const char* ids : {"id\nx\n", "id\nx\ny\nz\n", "x\ny\n"}) {
    bench_.write("dev.ids.tsv", ids);
    ExampleBench back;
    back.input("dev", bench_.path("dev.tsv"));
    back.input("ids", bench_.path("dev.ids.tsv"));
    const Status status = back.run(run_ingest_unimo, ingest_of("sst2"));
    ASSERT_FALSE(status) << ids;
    EXPECT_THAT(status.error().message, HasSubstr("dev.ids.tsv"));
  }
}

TEST_F(UnimoFiles, NeedTheTokenizerForGeneration) {
  bench_.write("dev.tsv", "src\ttgt\n81\t66\n");
  back_.input("dev", bench_.path("dev.tsv"));
  const Status status = back_.run(run_ingest_unimo, ingest_of("gigaword"));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("bpe"));
}

}  // namespace
}  // namespace unimo::stages
