#include "stages/score/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/event.h"
#include "orchestrator/stage/job.h"
#include "stages/ingest/records.h"
#include "stages/schema/score.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Four images of split val and one of train; image i has the captions "i#0", "i#1" and, for odd i,
// "i#2".
class Score : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_directories(folder("references")).has_value());
    ASSERT_TRUE(make_directories(folder("predictions")).has_value());
    write("references/records.json",
          R"({"format": "unimo.records", "version": 2, "source": "flickr"})");
    const std::vector<std::string> things = {"dog runs on grass", "cat sleeps on a sofa",
                                             "bus waits near houses", "child eats an apple",
                                             "boat lies in water"};
    std::string images, captions;
    for (std::size_t i = 0; i < things.size(); ++i) {
      const std::string id = std::to_string(i);
      images += canonical_text({{"id", id},
                                {"file", "images-000000.tar"},
                                {"offset", 512},
                                {"size", 1},
                                {"width", 10},
                                {"height", 10},
                                {"split", i < 4 ? "val" : "train"},
                                {"regions", Json::array()}}) +
                "\n";
      for (std::size_t c = 0; c < 2 + i % 2; ++c) {
        captions += canonical_text({{"id", id + "#" + std::to_string(c)},
                                    {"image", id},
                                    {"text", "A " + things[i] + (c == 0 ? "." : " today")}}) +
                    "\n";
      }
    }
    write("references/images.jsonl", images);
    write("references/captions.jsonl", captions);
  }

  fs::path folder(const std::string& name) const { return root_.path() / name; }
  void write(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(write_file_atomic(root_.path() / name, bytes).has_value());
  }
  void write_header(const std::string& task, const std::string& split = "val") {
    write("predictions/predictions.json",
          canonical_text(
              {{"format", "unimo.predictions"}, {"version", 1}, {"task", task}, {"split", split}}));
  }

  // The error message of the stage; empty when it succeeds.
  std::string run(const ScoreParams& params) {
    EXPECT_TRUE(remove_tree(folder("out")).has_value());
    EXPECT_TRUE(make_directories(folder("out")).has_value());
    Job job;
    job.task = job.kind = "score";
    job.params = write_fields(params);
    job.inputs["predictions"] = {{.path = folder("predictions")}};
    job.inputs["references"] = {{.path = folder("references")}};
    job.output = folder("out");
    job.events = folder("events.jsonl");
    auto events = EventWriter::open(job.events).value();
    StageContext context(job, events);
    const Status status = run_score(context);
    return status ? "" : status.error().message;
  }
  Json scores() const { return read_json(folder("out") / "scores.json").value(); }
  std::string events() const { return read_file(folder("events.jsonl")).value(); }
  std::size_t items() const { return read_lines(folder("out") / "per_item.jsonl").value().size(); }

  void write_captions(const Json& list) {
    write_header("coco_caption");
    write("predictions/captions.json", list.dump());
  }
  static Json good_captions() {
    return {{{"image_id", "2"}, {"caption", "A bus waits near houses."}},
            {{"image_id", 0}, {"caption", "A dog runs on grass."}},
            {{"image_id", "1"}, {"caption", "A cat sleeps on a sofa."}},
            {{"image_id", "3"}, {"caption", "A child eats an apple."}}};
  }

  void write_matrix(const std::vector<float>& values, const Json& index) {
    write_header("flickr30k");
    write("predictions/index.json", index.dump());
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    write("predictions/similarity.f32", bytes);
  }
  static Json good_index() {
    return {{"images", {"0", "1", "2", "3"}},
            {"captions", {"0#0", "0#1", "1#0", "1#1", "1#2", "2#0", "2#1", "3#0", "3#1", "3#2"}},
            {"image_of_caption", {0, 0, 1, 1, 1, 2, 2, 3, 3, 3}}};
  }
  static std::vector<float> perfect_matrix() {
    std::vector<float> values;
    const Json index = good_index();
    for (std::size_t image = 0; image < 4; ++image) {
      for (const Json& owner : index["image_of_caption"]) {
        values.push_back(owner.get<std::size_t>() == image ? 1.0F : 0.0F);
      }
    }
    return values;
  }

  const ScoreParams captioning_{.task = "coco_caption"};
  const TempDir root_ = TempDir::make("score_test").value();
};

}  // namespace

TEST_F(Score, GivesPerfectCaptionsAHundredAndTheShuffledOnesLittle) {
  write_captions(good_captions());
  ASSERT_EQ(run(captioning_), "");
  const Json metrics = scores()["metrics"];
  EXPECT_NEAR(metrics["bleu4"].get<double>(), 100, 1e-6);
  EXPECT_NEAR(metrics["rouge_l"].get<double>(), 100, 1e-9);
  EXPECT_GT(metrics["cider"].get<double>(), 5 * metrics["cider_shuffled"].get<double>());
  EXPECT_LT(metrics["bleu4_shuffled"].get<double>(), 1);
  EXPECT_THAT(events(), AllOf(HasSubstr("\"cider\""), HasSubstr("\"bleu4_shuffled\"")));
  EXPECT_EQ(items(), 4U);
  EXPECT_THAT(scores()["signature"].get<std::string>(), HasSubstr("refs:2-3"));
}

TEST_F(Score, PrintsAHundredTimesWhatTheOfficialScorersGive) {
  const fs::path golden = fs::path(UNIMO_SHARED_DATA) / "golden/coco_caption/human_loo_400";
  if (!fs::exists(golden)) GTEST_SKIP() << "no golden cases at " << golden.string();
  const Json references = read_json(golden / "references.json").value();
  std::string images, captions;
  for (const Json& image : references["images"]) {
    images += canonical_text({{"id", image["id"].dump()},
                              {"file", "images-000000.tar"},
                              {"offset", 512},
                              {"size", 1},
                              {"width", 1},
                              {"height", 1},
                              {"split", "val"},
                              {"regions", Json::array()}}) +
              "\n";
  }
  for (const Json& caption : references["annotations"]) {
    captions += canonical_text({{"id", caption["id"].dump()},
                                {"image", caption["image_id"].dump()},
                                {"text", caption["caption"]}}) +
                "\n";
  }
  write("references/images.jsonl", images);
  write("references/captions.jsonl", captions);
  write_captions(read_json(golden / "results.json").value());
  ASSERT_EQ(run(captioning_), "");
  const Json expected = read_json(golden / "expected.json").value()["corpus"];
  const Json metrics = scores()["metrics"];
  EXPECT_NEAR(metrics["bleu4"].get<double>(), 100 * expected["Bleu_4"].get<double>(), 1e-7);
  EXPECT_NEAR(metrics["rouge_l"].get<double>(), 100 * expected["ROUGE_L"].get<double>(), 1e-7);
  EXPECT_NEAR(metrics["cider"].get<double>(), 100 * expected["CIDEr"].get<double>(), 1e-7);
  EXPECT_LT(metrics["cider_shuffled"].get<double>(), 20);
}

TEST_F(Score, WritesTheSameBytesForPredictionsInAnotherOrder) {
  write_captions(good_captions());
  ASSERT_EQ(run(captioning_), "");
  const std::string first = read_file(folder("out") / "scores.json").value() +
                            read_file(folder("out") / "per_item.jsonl").value();
  Json reversed = good_captions();
  std::reverse(reversed.begin(), reversed.end());
  write_captions(reversed);
  ASSERT_EQ(run(captioning_), "");
  EXPECT_EQ(first, read_file(folder("out") / "scores.json").value() +
                       read_file(folder("out") / "per_item.jsonl").value());
}

TEST_F(Score, LeavesTheControlOutWhenAsked) {
  write_captions(good_captions());
  ScoreParams params = captioning_;
  params.shuffled_control = false;
  ASSERT_EQ(run(params), "");
  EXPECT_FALSE(scores()["metrics"].contains("cider_shuffled"));
}

TEST_F(Score, NamesImagesWithoutAPrediction) {
  Json captions = good_captions();
  captions.erase(0);
  write_captions(captions);
  EXPECT_THAT(run(captioning_),
              AllOf(HasSubstr("captions.json"), HasSubstr("1 image of 4 missing: 2")));
}

TEST_F(Score, NamesPredictionsOfOtherImages) {
  Json captions = good_captions();
  captions.push_back({{"image_id", "4"}, {"caption", "A boat."}});
  write_captions(captions);
  EXPECT_THAT(run(captioning_), HasSubstr("1 image not among the references: 4"));
}

TEST_F(Score, NamesImagesPredictedTwice) {
  Json captions = good_captions();
  captions.push_back(captions[0]);
  write_captions(captions);
  EXPECT_THAT(run(captioning_), AllOf(HasSubstr("entry 5"), HasSubstr("image 2")));
}

TEST_F(Score, CountsCaptionsWithoutWords) {
  Json captions = good_captions();
  captions[0]["caption"] = "...";
  captions[1]["caption"] = "";
  write_captions(captions);
  ASSERT_EQ(run(captioning_), "");
  EXPECT_EQ(scores()["counts"]["captions.empty"], 2);
  EXPECT_THAT(events(), HasSubstr("2 predicted captions have no word"));
}

TEST_F(Score, CountsWhatDecodingLeftInCaptions) {
  Json captions = good_captions();
  captions[0]["caption"] = "A dog run ##s . [SEP]";
  captions[1]["caption"] = "\u0120A\u0120boat</s>";
  captions[2]["caption"] = " A cat.";
  write_captions(captions);
  ASSERT_EQ(run(captioning_), "");
  EXPECT_EQ(scores()["counts"]["captions.model_marks"], 2);
  EXPECT_EQ(scores()["counts"]["captions.outer_blanks"], 1);
  EXPECT_THAT(events(), HasSubstr("2 predicted captions hold special tokens"));
}

TEST_F(Score, RefusesAnEmptyListOfPredictions) {
  write_captions(Json::array());
  EXPECT_THAT(run(captioning_), HasSubstr("4 images of 4 missing"));
}

TEST_F(Score, RefusesPredictionsOfAnotherTaskOrSplit) {
  write_captions(good_captions());
  EXPECT_THAT(run(ScoreParams{}), AllOf(HasSubstr("coco_caption"), HasSubstr("flickr30k")));
  write_header("coco_caption", "test");
  EXPECT_THAT(run(captioning_), AllOf(HasSubstr("\"test\""), HasSubstr("\"val\"")));
}

TEST_F(Score, SaysWhenTheReferencesHaveNoSuchSplit) {
  write_captions(good_captions());
  write_header("coco_caption", "test");
  ScoreParams params = captioning_;
  params.split = "test";
  EXPECT_THAT(run(params), HasSubstr("the split \"test\": no image with captions"));
}

TEST_F(Score, RanksAPerfectMatrixFirst) {
  write_matrix(perfect_matrix(), good_index());
  ScoreParams params;
  params.tie_rule = "index_order";
  ASSERT_EQ(run(params), "");
  const Json metrics = scores()["metrics"];
  EXPECT_EQ(metrics["mean_recall"], 100.0);
  EXPECT_EQ(metrics["image_to_text_median_rank"], 1.0);
  EXPECT_NEAR(metrics["chance_r1"].get<double>(), 25, 1e-9);
  EXPECT_NEAR(metrics["over_chance_r1"].get<double>(), 4, 1e-9);
  EXPECT_EQ(items(), 14U);
  EXPECT_THAT(scores()["signature"].get<std::string>(), HasSubstr("ties:index_order"));
  EXPECT_THAT(events(), HasSubstr("text_to_image_r10"));
}

TEST_F(Score, RefusesAMatrixThatPairsOtherwiseThanTheReferences) {
  Json index = good_index();
  index["image_of_caption"][0] = 1;
  write_matrix(perfect_matrix(), index);
  EXPECT_THAT(run(ScoreParams{}), AllOf(HasSubstr("caption 0#0"), HasSubstr("image 1")));
}

TEST_F(Score, RefusesAMatrixOfOtherCaptions) {
  Json index = good_index();
  index["captions"][3] = "9#9";
  write_matrix(perfect_matrix(), index);
  EXPECT_THAT(run(ScoreParams{}),
              AllOf(HasSubstr("missing: 1#1"), HasSubstr("not among the references: 9#9")));
}

// Tasks with examples: what each task's records and predictions look like.
class ScoreExamples : public Score {
 protected:
  void write_examples(const std::vector<Json>& examples) {
    std::string lines;
    for (const Json& example : examples) lines += canonical_text(example) + "\n";
    write("references/examples.jsonl", lines);
  }
  std::string run_task(const std::string& task, const std::string& predictions,
                       const std::string& variant = "") {
    write_header(task);
    write("predictions/predictions.jsonl", predictions);
    return run({.task = task, .variant = variant});
  }
  Json metrics() const { return scores()["metrics"]; }
};

TEST_F(ScoreExamples, MnliIsScoredForEachOfItsSets) {
  write_examples(
      {{{"id", "a"},
        {"split", "val"},
        {"parts", {{"premise", "x"}}},
        {"label", "neutral"},
        {"extra", {{"set", "matched"}}}},
       {{"id", "b"},
        {"split", "val"},
        {"parts", {{"premise", "x"}}},
        {"label", "entailment"},
        {"extra", {{"set", "mismatched"}}}},
       {{"id", "c"}, {"split", "train"}, {"parts", {{"premise", "x"}}}, {"label", "neutral"}}});
  ASSERT_EQ(run_task("mnli", R"({"id": "b", "label": "neutral"}
{"id": "a", "label": "neutral"}
)"),
            "");
  EXPECT_EQ(metrics()["accuracy_matched"], 100.0);
  EXPECT_EQ(metrics()["accuracy_mismatched"], 0.0);
  EXPECT_EQ(metrics()["accuracy"], 50.0);
  EXPECT_THAT(scores()["signature"].get<std::string>(), HasSubstr("set:matched"));
  EXPECT_THAT(run_task("mnli", R"({"id": "a", "label": "neutral"})"),
              HasSubstr("1 id of 2 missing: b"));
  EXPECT_THAT(run_task("mnli", R"({"id": "a", "label": "maybe"})"),
              AllOf(HasSubstr("predictions.jsonl:1"), HasSubstr("\"maybe\" is no class")));
}

TEST_F(ScoreExamples, SimilaritiesAreCorrelated) {
  std::vector<Json> examples;
  std::string predictions;
  for (int i = 0; i < 4; ++i) {
    const std::string id = std::to_string(i);
    examples.push_back(
        {{"id", id}, {"split", "val"}, {"parts", {{"sentence1", "x"}}}, {"score", 1.25 * i}});
    predictions += canonical_text({{"id", id}, {"score", 2 * i + 1}}) + "\n";
  }
  write_examples(examples);
  ASSERT_EQ(run_task("stsb", predictions), "");
  EXPECT_NEAR(metrics()["pearson"].get<double>(), 100, 1e-9);
  EXPECT_NEAR(metrics()["spearman"].get<double>(), 100, 1e-9);
}

TEST_F(ScoreExamples, AnswersOfConversationsAreScoredByDomain) {
  write_examples({{{"id", "s#1"},
                   {"split", "val"},
                   {"parts", {{"question", "?"}}},
                   {"targets", {"a cat", "the cat"}},
                   {"extra", {{"source", "cnn"}, {"turn", 1}}}}});
  ASSERT_EQ(run_task("coqa", R"({"id": "s#1", "text": "it ' s a cat"})"), "");
  EXPECT_EQ(metrics()["f1"], 50.0);
  EXPECT_EQ(metrics()["f1"], metrics()["f1.news"]);
  EXPECT_THAT(scores()["signature"].get<std::string>(), HasSubstr("clitics:rejoined"));
  ASSERT_EQ(run_task("coqa", R"({"id": "s#1", "text": "cat"})", "official"), "");
  EXPECT_THAT(scores()["signature"].get<std::string>(), Not(HasSubstr("clitics")));
}

TEST_F(ScoreExamples, QuestionsAboutPicturesAreScoredByTenAnswers) {
  write_examples({{{"id", "42"},
                   {"split", "val"},
                   {"parts", {{"question", "?"}}},
                   {"targets", {"yes"}},
                   {"extra",
                    {{"answers", {"yes", "yes", "yes", "yes", "no"}},
                     {"question_type", "is"},
                     {"answer_type", "yes/no"}}}}});
  ASSERT_EQ(run_task("vqa", R"({"id": "42", "text": "Yes"})"), "");
  EXPECT_EQ(metrics()["vqa_accuracy"], 100.0);
  EXPECT_EQ(metrics()["vqa_accuracy.yes_no"], 100.0);
}

TEST_F(ScoreExamples, SummariesKeepTheirSentences) {
  write_examples({{{"id", "0"},
                   {"split", "val"},
                   {"parts", {{"article", "x"}}},
                   {"targets", {"the cat sat on the mat .\nit was happy there ."}}}});
  ASSERT_EQ(
      run_task("cnndm",
               R"({"id": "0", "text": "the cat sat on the mat . [X_SEP] it was happy there ."})"),
      "");
  EXPECT_EQ(metrics()["rouge_l"], 100.0);
  EXPECT_THAT(events(), HasSubstr("exception lists"));
}

TEST_F(ScoreExamples, QuestionsOfOnePassageAreOneItem) {
  const Json parts = {{"passage", "the cat sat ."}, {"answer", "the cat"}};
  write_examples(
      {{{"id", "0"}, {"split", "val"}, {"parts", parts}, {"targets", {"who sat there today ?"}}},
       {{"id", "1"},
        {"split", "val"},
        {"parts", parts},
        {"targets", {"what animal sat there ?"}}}});
  ASSERT_EQ(run_task("squad_qg", R"({"id": "0", "text": "nothing"}
{"id": "1", "text": "what animal sat there ?"})"),
            "");
  EXPECT_NEAR(metrics()["bleu4"].get<double>(), 100, 1e-6);
  EXPECT_EQ(scores()["counts"]["items"], 1);
  EXPECT_THAT(events(), HasSubstr("METEOR is left out"));
}

TEST_F(ScoreExamples, ReferencesWithoutAnswersAreRefused) {
  write_examples({{{"id", "0"}, {"split", "val"}, {"parts", {{"question", "?"}}}}});
  EXPECT_THAT(run_task("vqa", R"({"id": "0", "text": "x"})"),
              AllOf(HasSubstr("example 0"), HasSubstr("answers")));
  EXPECT_THAT(run_task("sst2", R"({"id": "0", "label": "positive"})"), HasSubstr("no label"));
}

TEST_F(Score, LeavesNothingBehindWhenItFails) {
  write_captions(Json::array());
  ASSERT_NE(run(captioning_), "");
  EXPECT_TRUE(fs::is_empty(folder("out")));
}

}  // namespace unimo::stages
