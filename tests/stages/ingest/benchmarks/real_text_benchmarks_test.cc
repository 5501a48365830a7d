// The official files, when they are there: counts as their makers publish them.
#include "stages/ingest/benchmarks/squad_qg.h"
#include "tests/stages/ingest/benchmarks/example_tests.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const fs::path kData = UNIMO_SHARED_DATA;

class RealBenchmark : public testing::Test {
 protected:
  void give(const std::string& input, const std::string& file) {
    bench_.input(input, kData / file);
  }
  template <class Params>
  void run(StageFunction function, const Params& params) {
    const Status status = bench_.run(function, params);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_THAT(bench_.quarantined(), IsEmpty());
  }
  std::map<std::string, std::int64_t> labels(const std::string& split) const {
    std::map<std::string, std::int64_t> counts;
    for (const ExampleRecord& example : bench_.examples()) {
      if (example.split == split) ++counts[example.label];
    }
    return counts;
  }
  // Whether every official number was found.
  void expect_complete() const {
    const Json statistics = bench_.statistics();
    ASSERT_TRUE(statistics.contains("official"));
    for (const auto& [what, numbers] : statistics["official"].items())
      EXPECT_EQ(numbers["found"], numbers["official"]) << what;
  }
  ExampleBench bench_;
};

#define NEED(folder) \
  if (!fs::exists(kData / (folder))) GTEST_SKIP() << "no " << kData / (folder)

TEST_F(RealBenchmark, Sst2IsComplete) {
  NEED("sst2");
  give("train", "sst2/train.tsv");
  give("dev", "sst2/dev.tsv");
  give("test", "sst2/test.tsv");
  run(run_ingest_sst2, TextBenchmarkIngest{.complete = true});
  expect_complete();
  EXPECT_EQ(bench_.count("examples.train"), 67349);
  EXPECT_EQ(bench_.count("examples.val"), 872);
  EXPECT_EQ(bench_.count("examples.test"), 1821);
  EXPECT_EQ(labels("train"),
            (std::map<std::string, std::int64_t>{{"negative", 29780}, {"positive", 37569}}));
  EXPECT_EQ(bench_.example("train.tsv:2").parts.at("sentence"),
            "hide new secretions from the parental units");
}

TEST_F(RealBenchmark, ColaIsComplete) {
  NEED("cola");
  give("train", "cola/in_domain_train.tsv");
  give("dev", "cola/in_domain_dev.tsv");
  give("dev", "cola/out_of_domain_dev.tsv");
  run(run_ingest_cola, TextBenchmarkIngest{.complete = true});
  expect_complete();
  EXPECT_EQ(bench_.count("examples.train"), 8551);
  EXPECT_EQ(bench_.count("examples.val"), 527 + 516);
  EXPECT_EQ(labels("train"),
            (std::map<std::string, std::int64_t>{{"acceptable", 6023}, {"unacceptable", 2528}}));
}

TEST_F(RealBenchmark, StsBIsCompleteAlthoughQuotesAreUnbalanced) {
  NEED("stsb");
  give("train", "stsb/train.tsv");
  give("dev", "stsb/dev.tsv");
  give("test", "stsb/test.tsv");
  run(run_ingest_stsb, TextBenchmarkIngest{.complete = true});
  expect_complete();
  EXPECT_EQ(bench_.count("examples.train"), 5749);
  EXPECT_EQ(bench_.count("examples.val"), 1500);
  EXPECT_EQ(bench_.count("examples.test"), 1379);
  EXPECT_EQ(bench_.example("train.tsv#1").score, 3.8);
}

TEST_F(RealBenchmark, MnliSamplesInOfficialColumns) {
  NEED("mnli");
  give("train", "mnli/official_header_sample/train.tsv");
  give("train", "mnli/train.kshot.tsv");
  give("train", "mnli/train.pairs.tsv");
  give("dev_matched", "mnli/official_header_sample/dev_matched.tsv");
  give("dev_mismatched", "mnli/official_header_sample/dev_mismatched.tsv");
  give("test_matched", "mnli/official_header_sample/test_matched.tsv");
  give("test_mismatched", "mnli/official_header_sample/test_mismatched.tsv");
  run(run_ingest_mnli, MnliIngest{});
  EXPECT_EQ(bench_.count("examples.train"), 3 + 288 + 7500);
  EXPECT_EQ(bench_.count("examples.val"), 2 + 2);
  EXPECT_EQ(bench_.count("examples.test"), 1 + 1);
  const ExampleRecord first = bench_.example("dev_matched.tsv#0");
  EXPECT_EQ(first.label, "neutral");
  EXPECT_EQ(first.extra["annotators"],
            Json({"neutral", "entailment", "neutral", "neutral", "neutral"}));
  EXPECT_EQ(first.parts.at("hypothesis"), "Everyone really likes the newest benefits");
}

TEST_F(RealBenchmark, MnliDevelopmentPairsInThreeColumns) {
  NEED("mnli");
  give("dev_matched", "mnli/dev_matched.tokenized.tsv");
  give("dev_mismatched", "mnli/dev_mismatched.tokenized.tsv");
  run(run_ingest_mnli, MnliIngest{});
  std::map<std::string, int> sets;
  for (const ExampleRecord& example : bench_.examples())
    ++sets[example.extra["set"].get<std::string>()];
  EXPECT_EQ(sets, (std::map<std::string, int>{{"matched", 500}, {"mismatched", 500}}));
}

TEST_F(RealBenchmark, CoQaSamples) {
  NEED("coqa");
  give("train", "coqa/coqa-train-v1.0.sample.json");
  give("dev", "coqa/coqa-dev-v1.0.sample.json");
  run(run_ingest_coqa, TextBenchmarkIngest{});
  EXPECT_EQ(bench_.count("examples.train"), 20);
  EXPECT_EQ(bench_.count("examples.val"), 12);
  EXPECT_EQ(bench_.count("turns.bad"), 1);
  EXPECT_EQ(bench_.count("answers.unknown"), 1);
  EXPECT_THAT(bench_.example("3zotghdk5ibi9cex97fepx7jetpso7#14").targets, ElementsAre("unknown"));
  int spans = 0;
  for (const ExampleRecord& example : bench_.examples()) {
    if (example.extra.contains("span")) ++spans;
    EXPECT_THAT(example.targets, SizeIs(example.split == "val" ? 4 : 1));
    EXPECT_EQ(example.history.size() + 1, example.extra["turn"]);
  }
  EXPECT_EQ(spans, 31);
}

TEST_F(RealBenchmark, CoQaGoldenFileOfSevenSources) {
  NEED("golden/coqa/seven_domains.json");
  // Made for the scorer: its stories are empty, and its spans with them.
  Json file = read_json(kData / "golden/coqa/seven_domains.json").value()["data"];
  std::size_t turns = 0;
  for (Json& talk : file["data"]) {
    talk["story"] = "A story.";
    turns += talk["questions"].size();
  }
  bench_.give("dev", "seven_domains.dev.json", file.dump());
  const Status status = bench_.run(run_ingest_coqa, lenient());
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench_.count("examples.val"), static_cast<std::int64_t>(turns));
  EXPECT_GE(turns, 7U);
}

TEST_F(RealBenchmark, SquadTestLinesAreComplete) {
  NEED("squad_qg");
  give("test_source", "squad_qg/src-test.txt");
  give("test_target", "squad_qg/tgt-test.txt");
  SquadQgIngest params;
  params.complete = true;
  run(run_ingest_squad_qg, params);
  expect_complete();
  EXPECT_EQ(bench_.count("examples.test"), 11877);
}

TEST_F(RealBenchmark, SquadDevelopmentLines) {
  NEED("squad_qg");
  give("dev_source", "squad_qg/src-dev.part1.txt");
  give("dev_target", "squad_qg/tgt-dev.part1.txt");
  run(run_ingest_squad_qg, SquadQgIngest{});
  EXPECT_EQ(bench_.count("examples.val"), 8123);
}

TEST_F(RealBenchmark, SquadJsonBySplitLists) {
  NEED("squad_qg");
  give("json", "squad_qg/dev-v1.1.rebuilt.part1.json");
  for (const char* split : {"train", "dev", "test"})
    give(fmt::format("doclist_{}", split), fmt::format("squad_qg/doclist-{}.txt", split));
  run(run_ingest_squad_qg, SquadQgIngest{});
  EXPECT_EQ(bench_.count("examples.val"), 8123);
  EXPECT_EQ(bench_.count("examples.train"), -1);
  std::int64_t spans = 0;
  for (const ExampleRecord& example : bench_.examples()) {
    const Json& span = example.extra.at("span");
    const std::size_t begin = span[0], end = span[1];
    EXPECT_EQ(trim(example.parts.at("passage").substr(begin, end - begin)),
              example.parts.at("answer"));
    ++spans;
  }
  EXPECT_EQ(spans, 8123);
}

TEST_F(RealBenchmark, SquadDoclistsHoldTheArticlesOfDusSplit) {
  NEED("squad_qg");
  DocumentSplits splits;
  ASSERT_TRUE(read_doclist(kData / "squad_qg/doclist-train.txt", "train", splits));
  EXPECT_EQ(splits.size(), 398U);
  ASSERT_TRUE(read_doclist(kData / "squad_qg/doclist-dev.txt", "val", splits));
  EXPECT_EQ(splits.size(), 398U + 48U);
  ASSERT_TRUE(read_doclist(kData / "squad_qg/doclist-test.txt", "test", splits));
  EXPECT_EQ(splits.size(), 398U + 48U + 44U);
}

TEST_F(RealBenchmark, SquadGoldenPredictionsBelongToTheTestLines) {
  NEED("golden/squad_qg/test.retrieval.pred.txt");
  NEED("squad_qg");
  give("test_source", "squad_qg/src-test.txt");
  give("test_target", "golden/squad_qg/test.retrieval.pred.txt");
  run(run_ingest_squad_qg, SquadQgIngest{});
  EXPECT_EQ(bench_.count("examples.test"), 11877);
}

TEST_F(RealBenchmark, CnnDmTestSummariesAreComplete) {
  NEED("cnndm");
  // Two files of one line order: a system's summaries stand for the articles, which are not there.
  give("test_source", "cnndm/test.simcls.output");
  give("test_target", "cnndm/test.target.tokenized");
  run(run_ingest_cnndm, TextBenchmarkIngest{.complete = true});
  expect_complete();
  EXPECT_EQ(bench_.count("examples.test"), 11490);
}

TEST_F(RealBenchmark, CnnDmArticlesWithTheirReferences) {
  NEED("cnndm");
  give("test_source", "cnndm/test.fastseq.source");
  give("test_target", "cnndm/test.fastseq.target");
  give("test_source", "cnndm/realsumm.part1.source");
  give("test_target", "cnndm/realsumm.part1.target");
  give("train", "cnndm/cnndm_sample.train.0.json");
  run(run_ingest_cnndm, TextBenchmarkIngest{});
  EXPECT_EQ(bench_.count("examples.test"), 72 + 60);
  EXPECT_EQ(bench_.count("examples.train"), 6);
  EXPECT_EQ(bench_.example("test.fastseq.source:1").targets.front().find("   "), std::string::npos);
  EXPECT_EQ(bench_.example("realsumm.part1.source:1").targets.front().find("<t>"),
            std::string::npos);
}

TEST_F(RealBenchmark, CnnDmTokenisedReferences) {
  NEED("cnndm");
  give("test_source", "cnndm/test.fastseq.source");
  give("test_target", "cnndm/test.fastseq.target.tokenized");
  run(run_ingest_cnndm, TextBenchmarkIngest{});
  EXPECT_EQ(bench_.count("examples.test"), 72);
  EXPECT_EQ(bench_.count("targets.one_line"), 72);
}

TEST_F(RealBenchmark, CnnDmUrlListNamesStories) {
  NEED("cnndm");
  // `printf %s URL | sha1sum` of the first address of the list.
  bench_.write("s/469c6ac05092ca5997728c9dfc19f9ab6b936e40.story",
               "Text.\n\n@highlight\n\nHighlight\n");
  bench_.input("stories", "s");
  give("test_urls", "cnndm/mapping_test.urls.head.txt");
  run(run_ingest_cnndm, TextBenchmarkIngest{});
  EXPECT_EQ(bench_.count("examples.test"), 1);
  EXPECT_EQ(bench_.count("urls.without_story"), 199);
}

TEST_F(RealBenchmark, GigawordTestIsCompleteAndSamplesAreRead) {
  NEED("gigaword");
  give("train_source", "gigaword/train.article.txt");
  give("train_target", "gigaword/train.title.txt");
  give("dev_source", "gigaword/valid.article.filter.txt");
  give("dev_target", "gigaword/valid.title.filter.txt");
  give("test_source", "gigaword/test.src.txt");
  give("test_target", "gigaword/test.tgt.txt");
  run(run_ingest_gigaword, TextBenchmarkIngest{.complete = true});
  EXPECT_EQ(bench_.count("examples.train"), 9000);
  EXPECT_EQ(bench_.count("examples.val"), 600);
  EXPECT_EQ(bench_.count("examples.test"), 1951);
  EXPECT_EQ(bench_.count("words.unk"), 695 + 349 + 62 + 42);
  EXPECT_EQ(bench_.count("words.UNK"), 387 + 833);
  EXPECT_EQ(bench_.statistics()["official"]["examples.test"]["official"], 1951);
}

// All of a benchmark through UNIMO's files and back, with its tokenizer.
class RealRoundTrip : public RealBenchmark {
 protected:
  void round_trip(const std::string& task, const std::string& input) {
    StageBench out;
    out.input("examples", bench_.output());
    out.input("bpe", kData / "bpe");
    const Status exported = out.run(run_export_unimo, UnimoExport{task});
    ASSERT_TRUE(exported) << exported.error().message;
    ExampleBench back;
    back.input(input, out.output() / (input + ".tsv"));
    back.input("ids", out.output() / (input + ".ids.tsv"));
    back.input("bpe", kData / "bpe");
    UnimoIngest params;
    params.task = task;
    const Status read = back.run(run_ingest_unimo, params);
    ASSERT_TRUE(read) << read.error().message;
    const auto before = bench_.examples(), after = back.examples();
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(before[i].id, after[i].id);
      EXPECT_EQ(before[i].parts, after[i].parts);
      EXPECT_EQ(before[i].label, after[i].label);
      EXPECT_EQ(before[i].score, after[i].score);
      ASSERT_EQ(before[i].history.size(), after[i].history.size());
      ASSERT_EQ(before[i].targets.empty(), after[i].targets.empty());
      if (before[i].targets.empty()) continue;
      EXPECT_EQ(before[i].targets.front(), after[i].targets.front());
    }
  }
};

TEST_F(RealRoundTrip, CoQa) {
  NEED("bpe");
  give("dev", "coqa/coqa-dev-v1.0.sample.json");
  run(run_ingest_coqa, TextBenchmarkIngest{});
  round_trip("coqa", "dev");
}

TEST_F(RealRoundTrip, SquadQg) {
  NEED("bpe");
  give("dev", "squad_qg/dev-v1.1.rebuilt.part1.json");
  SquadQgIngest params;
  params.max_examples = 1000;
  run(run_ingest_squad_qg, params);
  round_trip("squad_qg", "dev");
}

TEST_F(RealRoundTrip, Gigaword) {
  NEED("bpe");
  give("test_source", "gigaword/test.src.txt");
  give("test_target", "gigaword/test.tgt.txt");
  run(run_ingest_gigaword, TextBenchmarkIngest{});
  round_trip("gigaword", "test");
}

TEST_F(RealRoundTrip, StsB) {
  NEED("bpe");
  give("dev", "stsb/dev.tsv");
  run(run_ingest_stsb, TextBenchmarkIngest{});
  round_trip("stsb", "dev");
}

TEST_F(RealRoundTrip, CnnDm) {
  NEED("bpe");
  give("train", "cnndm/cnndm_sample.train.0.json");
  run(run_ingest_cnndm, TextBenchmarkIngest{});
  round_trip("cnndm", "train");
}

}  // namespace
}  // namespace unimo::stages
