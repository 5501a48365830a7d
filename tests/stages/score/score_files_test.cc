// `unimo score` on the official samples and golden cases: what people see must be what the official
// programs print.
#include "stages/score/score_files.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "stages/ingest/stream/json_stream.h"
#include "stages/score/compare_files.h"
#include "stages/score/scores_output.h"
#include "tests/stages/score/written.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

fs::path shared(const std::string& name) { return fs::path(UNIMO_SHARED_DATA) / name; }
Json shared_json(const std::string& name) { return read_json(shared(name)).value(); }

#define UNIMO_NEEDS_SHARED(name) \
  if (!fs::exists(shared(name))) \
  GTEST_SKIP() << "no sample at " << shared(name).string() << "; set UNIMO_SHARED_DATA"

ScoreFilesParams params(const std::string& benchmark, const fs::path& predictions,
                        const fs::path& references) {
  ScoreFilesParams params;
  params.benchmark = benchmark;
  params.predictions = predictions.string();
  params.references = references.string();
  params.threads = 2;
  if (fs::exists(shared("meteor"))) params.resources = fs::path(UNIMO_SHARED_DATA).string();
  return params;
}

testing::Matcher<double> printed(double value, double digits = 1e-9) {
  return DoubleNear(value, digits);
}

class ScoreFiles : public Written {
 protected:
  Scored score(const ScoreFilesParams& of) const {
    auto scored = score_files(of);
    EXPECT_TRUE(scored.has_value()) << scored.error().message;
    return scored ? *std::move(scored) : Scored();
  }
};

TEST_F(ScoreFiles, GlueDevelopmentSetsGiveTheOfficialNumbers) {
  UNIMO_NEEDS_SHARED("golden/glue/results.json");
  const Json expected = shared_json("golden/glue/results.json");
  const auto of = [&](const char* benchmark, const char* file, const char* references) {
    return score(params(benchmark, shared("golden/glue/" + std::string(file)), shared(references)))
        .metrics;
  };
  EXPECT_THAT(of("sst2", "SST-2.dev.preds.tsv", "sst2/dev.tsv").at("accuracy"),
              printed(100 * expected["SST-2.dev"]["accuracy"].get<double>()));
  // GLUE's dev.tsv of CoLA is the in-domain file and then the other.
  const auto in = read_file(shared("cola/in_domain_dev.tsv")).value();
  const auto out = read_file(shared("cola/out_of_domain_dev.tsv")).value();
  const auto cola =
      score(params("cola", shared("golden/glue/CoLA.dev.preds.tsv"), write("dev.tsv", in + out)))
          .metrics;
  EXPECT_THAT(cola.at("matthews"),
              printed(100 * expected["CoLA.dev"]["mcc_sklearn_convention"].get<double>()));
  const auto stsb = of("stsb", "STS-B.dev.preds.tsv", "stsb/dev.tsv");
  EXPECT_THAT(stsb.at("pearson"), printed(100 * expected["STS-B.dev"]["pearson"].get<double>()));
  EXPECT_THAT(stsb.at("spearman"), printed(100 * expected["STS-B.dev"]["spearman"].get<double>()));
  EXPECT_THAT(stsb.at("pearson_spearman"),
              printed(100 * expected["STS-B.dev"]["mean"].get<double>()));
  for (const char* set : {"matched", "mismatched"}) {
    const std::string name = fmt::format("MNLI.{}", set);
    EXPECT_THAT(of("mnli", (name + ".preds.tsv").c_str(),
                   fmt::format("mnli/dev_{}.tokenized.tsv", set).c_str())
                    .at("accuracy"),
                printed(100 * expected[name]["accuracy"].get<double>()));
  }
}

TEST_F(ScoreFiles, CoqaGivesEveryDomainOfTheOfficialProgram) {
  UNIMO_NEEDS_SHARED("golden/coqa/seven_domains.json");
  const Json golden = shared_json("golden/coqa/seven_domains.json");
  const auto data = write("dev.json", golden["data"].dump());
  auto of = params("coqa", write("p.json", golden["predictions"].dump()), data);
  of.human = true;
  const Scored scored = score(of);
  for (const auto& [domain, values] : golden["result"].items()) {
    if (values["turns"] == 0) continue;
    const std::string suffix = domain == "overall" ? "" : "." + domain;
    EXPECT_THAT(scored.metrics.at("f1" + suffix), DoubleNear(values["f1"], 0.0500001)) << domain;
    EXPECT_THAT(scored.metrics.at("em" + suffix), DoubleNear(values["em"], 0.0500001)) << domain;
    EXPECT_EQ(scored.counts.at("turns" + suffix), values["turns"]) << domain;
    EXPECT_THAT(scored.metrics.at("human_f1" + suffix),
                DoubleNear(golden["human"][domain]["f1"], 0.0500001))
        << domain;
  }
}

TEST_F(ScoreFiles, TheOfficialCoqaSamplesGiveTheGoldenRuns) {
  UNIMO_NEEDS_SHARED("golden/coqa/dev_sample_runs.json");
  const Json golden = shared_json("golden/coqa/dev_sample_runs.json");
  for (const Json& run : golden["runs"]) {
    const Scored scored = score(params("coqa", write("p.json", run["predictions"].dump()),
                                       shared("coqa/coqa-dev-v1.0.sample.json")));
    EXPECT_THAT(scored.metrics.at("f1"), DoubleNear(run["result"]["overall"]["f1"], 0.0500001))
        << run["name"];
  }
}

TEST_F(ScoreFiles, VqaGivesTheOfficialAccuracyOfEveryType) {
  UNIMO_NEEDS_SHARED("golden/vqa/real_600/expected.json");
  const Json expected = shared_json("golden/vqa/real_600/expected.json")["accuracy"];
  const Scored scored = score(params("vqa", shared("golden/vqa/real_600/results.json"),
                                     shared("golden/vqa/real_600/annotations.json")));
  EXPECT_THAT(scored.metrics.at("vqa_accuracy"), DoubleNear(expected["overall"], 0.0050001));
  EXPECT_THAT(scored.metrics.at("vqa_accuracy.yes_no"),
              DoubleNear(expected["perAnswerType"]["yes/no"], 0.0050001));
}

TEST_F(ScoreFiles, CaptionsGiveTheOfficialNumbersOfEveryScorer) {
  UNIMO_NEEDS_SHARED("golden/coco_caption/fakecap_subset/expected.json");
  for (const char* set : {"fakecap_subset", "human_loo_400", "tokenizer_quirks"}) {
    const std::string folder = fmt::format("golden/coco_caption/{}/", set);
    const Json expected = shared_json(folder + "expected.json")["corpus"];
    const Scored scored = score(params("coco_caption", shared(folder + "results.json"),
                                       shared(folder + "references.json")));
    for (const auto& [metric, name] :
         {std::pair("bleu1", "Bleu_1"), std::pair("bleu4", "Bleu_4"),
          std::pair("rouge_l", "ROUGE_L"), std::pair("cider", "CIDEr")})
      EXPECT_THAT(scored.metrics.at(metric), printed(100 * expected[name].get<double>()))
          << set << " " << metric;
    EXPECT_TRUE(scored.metrics.contains("meteor_no_paraphrases"));
    EXPECT_THAT(scored.warnings, Contains(HasSubstr("paraphrase table")));
  }
}

// The run whose times the official programs' baseline records: of each image the caption of the
// lowest id against all others.
TEST_F(ScoreFiles, FourThousandImagesGiveTheScoresOfTheOfficialRun) {
  UNIMO_NEEDS_SHARED("golden/BASELINE_TIMES.json");
  const Json expected = shared_json("golden/BASELINE_TIMES.json")["coco_caption"]["corpus_scores"];
  const Json document = shared_json("coco/annotations/captions_val2017.json");
  std::map<long, std::map<long, Json>> of_image;
  for (const Json& entry : document["annotations"])
    of_image[entry["image_id"].get<long>()][entry["id"].get<long>()] = entry;
  Json results = Json::array(), images = Json::array(), annotations = Json::array();
  for (const auto& [image, captions] : of_image) {
    images.push_back({{"id", image}});
    results.push_back(captions.begin()->second);
    for (auto next = std::next(captions.begin()); next != captions.end(); ++next)
      annotations.push_back(next->second);
  }
  auto of = params(
      "coco_caption", write("results.json", results.dump()),
      write("references.json", Json{{"images", images}, {"annotations", annotations}}.dump()));
  of.resources.clear();
  const Scored scored = score(of);
  EXPECT_EQ(scored.counts.at("captions"), 16010);
  for (const auto& [metric, name] :
       {std::pair("bleu1", "Bleu_1"), std::pair("bleu2", "Bleu_2"), std::pair("bleu3", "Bleu_3"),
        std::pair("bleu4", "Bleu_4"), std::pair("rouge_l", "ROUGE_L"), std::pair("cider", "CIDEr")})
    EXPECT_THAT(scored.metrics.at(metric), printed(100 * expected[name].get<double>())) << metric;
}

TEST_F(ScoreFiles, MajorityAnswersGiveTheVqaAccuracyOfTheOfficialRun) {
  UNIMO_NEEDS_SHARED("golden/BASELINE_TIMES.json");
  const Json expected = shared_json("golden/BASELINE_TIMES.json")["vqa"]["accuracy"];
  const auto annotations = shared("vqa/v2_mscoco_train2014_annotations.subset_train.json.gz");
  Json results = Json::array();
  ASSERT_TRUE(stream_json_views(annotations, {}, [&](const JsonPlace&, JsonView item) {
                results.push_back({{"question_id", item["question_id"].whole().value_or(0)},
                                   {"answer", item["multiple_choice_answer"].text().value_or("")}});
                return ok();
              }).has_value());
  const Scored scored = score(params("vqa", write("r.json", results.dump()), annotations));
  EXPECT_EQ(scored.counts.at("questions"), 38742);
  EXPECT_THAT(scored.metrics.at("vqa_accuracy"), DoubleNear(expected["overall"], 0.0050001));
  for (const auto& [type, accuracy] : expected["perAnswerType"].items())
    EXPECT_THAT(
        scored.metrics.at("vqa_accuracy." + std::string(type == "yes/no" ? "yes_no" : type)),
        DoubleNear(accuracy, 0.0050001));
  EXPECT_EQ(expected["perQuestionType"].size(), 65U);
}

TEST_F(ScoreFiles, EntailmentGivesAccuracyByClass) {
  UNIMO_NEEDS_SHARED("golden/snli_ve/expected.json");
  const Json expected = shared_json("golden/snli_ve/expected.json");
  const Scored scored = score(params("snli_ve", shared("golden/snli_ve/predictions.jsonl"),
                                     shared("snli_ve/xvnli_en_test_subset.jsonl")));
  EXPECT_THAT(scored.metrics.at("accuracy"), printed(100 * expected["accuracy"].get<double>()));
  for (const auto& [label, values] : expected["per_label"].items())
    EXPECT_THAT(scored.metrics.at("accuracy." + label),
                printed(100 * values["accuracy"].get<double>()));
}

TEST_F(ScoreFiles, RetrievalTakesATableAndItsIndex) {
  UNIMO_NEEDS_SHARED("golden/retrieval/expected.json");
  const Json expected = shared_json("golden/retrieval/expected.json");
  const Scored scored = score(params("flickr30k", shared("golden/retrieval/similarity.tsv"),
                                     shared("golden/retrieval/index.json")));
  for (const char* direction : {"image_to_text", "text_to_image"}) {
    EXPECT_THAT(scored.metrics.at(fmt::format("{}_r1", direction)),
                printed(expected[direction]["R@1"]));
    EXPECT_THAT(scored.metrics.at(fmt::format("{}_mean_rank", direction)),
                printed(expected[direction]["mean_rank"]));
  }
}

TEST_F(ScoreFiles, SummariesGiveThePublishedNumbersOfAllTestDocuments) {
  UNIMO_NEEDS_SHARED("cnndm/test.simcls.output");
  const Json published =
      shared_json("golden/rouge155/cnndm_simcls_full11490.scores.json")["published"];
  auto of =
      params("cnndm", shared("cnndm/test.simcls.output"), shared("cnndm/test.target.tokenized"));
  of.rules.variant = "plain";
  of.rules.sentences = "stops";
  const Scored scored = score(of);
  for (const auto& [metric, name] : {std::pair("rouge1", "ROUGE-1"), std::pair("rouge2", "ROUGE-2"),
                                     std::pair("rouge_l", "ROUGE-L")}) {
    EXPECT_THAT(scored.metrics.at(metric), DoubleNear(published[name], 0.005)) << metric;
    EXPECT_LT(scored.metrics.at(std::string(metric) + "_low"), scored.metrics.at(metric));
    EXPECT_GT(scored.metrics.at(std::string(metric) + "_high"), scored.metrics.at(metric));
  }
}

TEST_F(ScoreFiles, QuestionsArePooledByTheirSourceLines) {
  UNIMO_NEEDS_SHARED("golden/squad_qg/test.retrieval.scores.json");
  const Json expected =
      shared_json("golden/squad_qg/test.retrieval.scores.json")["grouped_by_source"];
  auto of = params("squad_qg", shared("golden/squad_qg/test.retrieval.pred.txt"),
                   shared("squad_qg/tgt-test.txt"));
  of.sources = shared("squad_qg/src-test.txt").string();
  of.rules.variant = "official";
  of.resources.clear();
  const Scored scored = score(of);
  EXPECT_THAT(scored.metrics.at("bleu4"), printed(100 * expected["Bleu_4"].get<double>()));
  EXPECT_THAT(scored.metrics.at("rouge_l"), printed(100 * expected["ROUGE_L"].get<double>()));
  EXPECT_EQ(scored.counts.at("items"), expected["scored_items"]);
  of.sources.clear();
  EXPECT_THAT(refusal(score_files(of)), HasSubstr("--sources"));
}

TEST_F(ScoreFiles, NeitherThreadsNorTheOrderOfPredictionsChangeAScore) {
  UNIMO_NEEDS_SHARED("golden/coqa/dev_sample_runs.json");
  const Json coqa = shared_json("golden/coqa/dev_sample_runs.json")["runs"][0]["predictions"];
  const std::string captions = "golden/coco_caption/human_loo_400/";
  struct Case {
    std::string benchmark;
    Json predictions;
    fs::path references;
  };
  for (const Case& one : {Case{"coqa", coqa, shared("coqa/coqa-dev-v1.0.sample.json")},
                          Case{"vqa", shared_json("golden/vqa/real_600/results.json"),
                               shared("golden/vqa/real_600/annotations.json")},
                          Case{"coco_caption", shared_json(captions + "results.json"),
                               shared(captions + "references.json")}}) {
    auto of = params(one.benchmark, write("in_order", one.predictions.dump()), one.references);
    of.threads = 1;
    const Scored alone = score(of);
    Json reversed = one.predictions;
    std::reverse(reversed.begin(), reversed.end());
    of.predictions = write("reversed", reversed.dump()).string();
    of.threads = 3;
    const Scored turned = score(of);
    EXPECT_EQ(alone.metrics, turned.metrics) << one.benchmark;
    EXPECT_EQ(alone.items, turned.items) << one.benchmark;
  }
  auto summaries = params("cnndm", shared("golden/rouge155/cnndm_simcls_first300.cand.txt"),
                          shared("golden/rouge155/cnndm_simcls_first300.ref.txt"));
  summaries.rules.variant = "plain";
  summaries.threads = 1;
  const Scored alone = score(summaries);
  // "<q>" stands between sentences; so many texts have one.
  EXPECT_EQ(alone.counts.at("texts.one_sentence"), 2);
  summaries.threads = 3;
  EXPECT_EQ(alone.metrics, score(summaries).metrics);
}

TEST_F(ScoreFiles, EveryScoreHasASignatureAndADocument) {
  const auto gold = write("dev.tsv", "sentence\tlabel\na\t1\nb\t0\n");
  const Scored scored = score(params("sst2", write("p", "1\n1\n"), gold));
  EXPECT_THAT(scores_text("sst2", scored),
              AllOf(HasSubstr("accuracy"), HasSubstr("50.00"), HasSubstr("|version:")));
  const Json document = scores_document("sst2", scored);
  EXPECT_EQ(document["metrics"]["accuracy"], 50.0);
  EXPECT_EQ(document["headline"][0], "accuracy");
  EXPECT_THAT(document["signature"].get<std::string>(), HasSubstr("accuracy|items:2"));
}

TEST_F(ScoreFiles, ACorrelationThatIsNotDefinedIsNullWithAWarning) {
  const auto gold = write("dev.tsv", "score\tx\n1\ta\n2\tb\n3\tc\n");
  const Scored scored = score(params("stsb", write("p", "2\n2\n2\n"), gold));
  EXPECT_TRUE(std::isnan(scored.metrics.at("pearson")));
  EXPECT_THAT(scored.warnings, Contains(HasSubstr("not defined")));
  EXPECT_TRUE(scores_document("stsb", scored)["metrics"]["pearson"].is_null());
}

TEST_F(ScoreFiles, WrittenFrequenciesGiveTheSameCiderAgain) {
  const auto references = write("t", "1.jpg#0\tA dog runs fast .\n2.jpg#0\tA cat sits here .\n");
  auto of = params("coco_caption",
                   write("r.json", R"([{"image_id": "1.jpg", "caption": "a dog runs fast"},
                                       {"image_id": "2.jpg", "caption": "a cat"}])"),
                   references);
  of.write_frequencies = at("frequencies.tsv").string();
  const Scored own = score(of);
  of.write_frequencies.clear();
  of.frequencies = at("frequencies.tsv").string();
  const Scored given = score(of);
  EXPECT_THAT(given.metrics.at("cider"), printed(own.metrics.at("cider")));
  EXPECT_NE(given.signatures.at("cider"), own.signatures.at("cider"));
}

TEST_F(ScoreFiles, RougeScoreIsAnotherProgramUnderItsOwnName) {
  auto of = params("cnndm", write("p", "the cats sat .\n"), write("r", "the cat sat .\n"));
  of.rules.variant = "rouge_score";
  const Scored scored = score(of);
  EXPECT_EQ(scored.metrics.at("rouge_score1"), 100);  // the stemmer makes both "cat"
  EXPECT_FALSE(scored.metrics.contains("rouge1"));
  EXPECT_TRUE(scored.signatures.contains("rouge_score"));
}

TEST_F(ScoreFiles, AMissingOptionIsNamed) {
  EXPECT_THAT(refusal(score_files(params("sst2", write("p", "1\n"), ""))),
              HasSubstr("sst2 needs --references"));
}

TEST_F(ScoreFiles, MissingFilesAreNamed) {
  EXPECT_THAT(refusal(score_files(params("sst2", at("p"), at("dev.tsv")))), HasSubstr("dev.tsv"));
}

TEST_F(ScoreFiles, SummariesWithoutExceptionListsAreScoredWithAWarning) {
  auto of = params("gigaword", write("p", "japan wins match\n"), write("r", "japan won\n"));
  of.resources.clear();
  const Scored scored = score(of);
  EXPECT_THAT(scored.warnings, Contains(HasSubstr("exception lists")));
  EXPECT_THAT(scored.signatures.at("rouge"), HasSubstr("variant:ernie_gen"));
}

TEST_F(ScoreFiles, AVariantOfAnotherBenchmarkIsRefused) {
  auto of = params("gigaword", write("p", "a\n"), write("r", "a\n"));
  of.rules.variant = "unilm_original";
  EXPECT_THAT(refusal(score_files(of)), HasSubstr("variant \"unilm_original\""));
}

// Two systems on the same rows: the second is right everywhere, the first on half.
class CompareFiles : public Written {
 protected:
  FileComparison compare(const std::string& benchmark, const fs::path& gold, const fs::path& first,
                         const fs::path& second) const {
    CompareFilesParams of;
    of.score = params(benchmark, first, gold);
    of.other_predictions = second.string();
    of.resamples = 2000;
    auto comparison = compare_files(of);
    EXPECT_TRUE(comparison.has_value()) << comparison.error().message;
    return comparison ? *std::move(comparison) : FileComparison();
  }
};

TEST_F(CompareFiles, AClearDifferenceIsSignificantAndEqualSystemsAreNot) {
  std::string gold = "sentence\tlabel\n", right, half;
  for (int i = 0; i < 200; ++i) {
    gold += fmt::format("s\t{}\n", i % 2);
    right += fmt::format("{}\n", i % 2);
    half += fmt::format("{}\n", i % 4 < 2 ? i % 2 : 1 - i % 2);
  }
  const auto gold_file = write("dev.tsv", gold);
  const auto a = write("half", half), b = write("right", right);
  const FileComparison different = compare("sst2", gold_file, a, b);
  ASSERT_EQ(different.metrics.size(), 1);
  EXPECT_EQ(different.metrics[0].bootstrap.first, 50);
  EXPECT_EQ(different.metrics[0].bootstrap.second, 100);
  EXPECT_LT(different.metrics[0].randomization.p, 0.001);
  EXPECT_LT(different.metrics[0].bootstrap.high, 0);
  const FileComparison same = compare("sst2", gold_file, b, b);
  EXPECT_EQ(same.metrics[0].randomization.p, 1);
}

TEST_F(CompareFiles, MeasuresOfSumsGiveTheScoresThatScoringPrints) {
  UNIMO_NEEDS_SHARED("golden/coco_caption/human_loo_400/results.json");
  const std::string folder = "golden/coco_caption/human_loo_400/";
  const auto results = shared(folder + "results.json");
  const auto references = shared(folder + "references.json");
  const auto scored = score_files(params("coco_caption", results, references));
  ASSERT_TRUE(scored.has_value());
  const FileComparison same = compare("coco_caption", references, results, results);
  for (const ComparedMetric& metric : same.metrics)
    EXPECT_THAT(metric.bootstrap.first, DoubleNear(scored->metrics.at(metric.metric), 1e-9))
        << metric.metric;
  EXPECT_GE(same.metrics.size(), 7);
}

TEST_F(CompareFiles, CorrelationsAndMatthewsAreRecomputedFromSums) {
  UNIMO_NEEDS_SHARED("golden/glue/STS-B.dev.preds.tsv");
  const auto file = shared("golden/glue/STS-B.dev.preds.tsv");
  const auto scored = score_files(params("stsb", file, shared("stsb/dev.tsv")));
  const FileComparison same = compare("stsb", shared("stsb/dev.tsv"), file, file);
  ASSERT_EQ(same.metrics.size(), 1);
  EXPECT_THAT(same.metrics[0].bootstrap.first, DoubleNear(scored->metrics.at("pearson"), 1e-9));
  EXPECT_THAT(to_text(same), AllOf(HasSubstr("pearson"), HasSubstr("p swaps")));
  EXPECT_EQ(to_json(same)["metrics"][0]["metric"], "pearson");
}

}  // namespace
}  // namespace unimo::stages
