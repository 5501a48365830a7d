#include <gtest/gtest.h>
#include <signal.h>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "tests/stages/pretrain/stage_process.h"
#include "tests/support/tiny_pack.h"

namespace unimo::stages {
namespace {

using unimo::testing::StageWorld;
using unimo::testing::tiny_pretrain_params;

Json params_for(const std::string& task, std::int64_t steps) {
  Json params = tiny_pretrain_params(steps);
  params.erase("objectives");
  params["task"] = task;
  params["retrieval"] = {
      {"batch", 8},
      {"view", {{"regions", 3}}},
      {"semantic", {{"size", unimo::testing::kTinySemantic}, {"from", 1.0}, {"to", 0.5}}}};
  params["caption"] = {{"batch", 4}, {"view", {{"regions", 3}}}, {"tags", {{"max_tokens", 20}}}};
  return params;
}

TEST(Finetune, GoesOnFromACheckpoint) {
  StageWorld world;
  ASSERT_EQ(world.run("pretrain", "pretrain", tiny_pretrain_params(3), {{"data", world.pack()}}),
            0);
  for (const char* task : {"flickr30k", "coco_caption"}) {
    const Json params = params_for(task, 3);
    ASSERT_EQ(world.run("fresh", "finetune", params, {{"data", world.pack()}}), 0)
        << world.error("fresh");
    ASSERT_EQ(world.run("tuned", "finetune", params,
                        {{"data", world.pack()}, {"checkpoint", world.output("pretrain")}}),
              0)
        << world.error("tuned");
    EXPECT_NE(world.metric("fresh", "loss").at(1), world.metric("tuned", "loss").at(1));
    EXPECT_EQ(read_json(world.output("tuned") / "model.json").value()["task"], task);
    ASSERT_TRUE(remove_tree(world.resume("fresh")));
    ASSERT_TRUE(remove_tree(world.resume("tuned")));
  }
}

TEST(Finetune, KilledAndStartedAgainEndsWithTheSameBits) {
  StageWorld world;
  for (const std::string task : {"flickr30k", "coco_caption"}) {
    const Json params = params_for(task, 20);
    ASSERT_EQ(world.run("whole" + task, "finetune", params, {{"data", world.pack()}}), 0);
    ASSERT_EQ(
        world.run("broken" + task, "finetune", params, {{"data", world.pack()}}, {SIGKILL, 9}),
        -SIGKILL);
    ASSERT_EQ(world.run("broken" + task, "finetune", params, {{"data", world.pack()}}), 0);
    EXPECT_EQ(world.digest("whole" + task), world.digest("broken" + task));
  }
}

TEST(Finetune, RefusesACheckpointOfAnotherVocabulary) {
  StageWorld world;
  ASSERT_EQ(world.run("pretrain", "pretrain", tiny_pretrain_params(1), {{"data", world.pack()}}),
            0);
  const auto path = world.output("pretrain") / "model.json";
  Json document = read_json(path).value();
  document["tokenizer_digest"] = "0000";
  ASSERT_TRUE(write_json(path, document));
  EXPECT_EQ(world.run("tuned", "finetune", params_for("flickr30k", 1),
                      {{"data", world.pack()}, {"checkpoint", world.output("pretrain")}}),
            1);
  EXPECT_NE(world.error("tuned").find("speaks the vocabulary"), std::string::npos)
      << world.error("tuned");
}

// Sentences with "dog" are positive, and near to each other.
std::filesystem::path write_sentences(const std::filesystem::path& folder, const std::string& task,
                                      const std::string& label = "positive") {
  auto records = RecordsWriter::create(folder, task).value();
  for (int i = 0; i < 40; ++i) {
    const bool dog = i % 2 == 0;
    ExampleRecord example;
    example.id = fmt::format("train.tsv:{}", i);
    example.split = i < 32 ? "train" : "val";
    const std::string text = fmt::format("the {} runs on the grass {}", dog ? "dog" : "cat", i % 7);
    if (task == "stsb") {
      example.parts = {{"sentence1", text}, {"sentence2", "a dog"}};
      example.score = dog ? 4.0 : 1.0;
    } else {
      example.parts = {{"sentence", text}};
      example.label = dog ? label : "negative";
    }
    EXPECT_TRUE(records.add_example(example));
  }
  EXPECT_TRUE(records.finish(Quarantine{}));
  return folder;
}

TEST(Finetune, OfTextsGoesFromExamplesToAnswers) {
  StageWorld world;
  const TempDir folder = TempDir::make("sentences-").value();
  for (const std::string task : {"sst2", "stsb"}) {
    const auto examples = write_sentences(folder.path() / task, task);
    Json params = params_for(task, 30);
    params["text_class"] = {{"batch", 8}};
    ASSERT_EQ(world.run("tuned" + task, "finetune", params,
                        {{"data", world.pack()}, {"examples", examples}}),
              0)
        << world.error("tuned" + task);
    ASSERT_EQ(world.run("found" + task, "predict", {{"task", task}, {"split", "val"}},
                        {{"data", world.pack()},
                         {"examples", examples},
                         {"checkpoint", world.output("tuned" + task)}}),
              0)
        << world.error("found" + task);
    const auto lines = read_lines(world.output("found" + task) / "predictions.jsonl").value();
    ASSERT_EQ(lines.size(), 8U);
    const Json first = parse_json(lines[0], "line").value();
    EXPECT_EQ(first["id"], "train.tsv:32");
    EXPECT_TRUE(first.contains(task == "sst2" ? "label" : "score")) << lines[0];
  }
  EXPECT_EQ(world.run("other", "predict", {{"task", "cola"}, {"split", "val"}},
                      {{"data", world.pack()},
                       {"examples", folder.path() / "sst2"},
                       {"checkpoint", world.output("tunedsst2")}}),
            1);
  EXPECT_NE(world.error("other").find("has no head for cola"), std::string::npos)
      << world.error("other");
}

TEST(Finetune, OfTextsRefusesClassesThatTheTaskDoesNotHave) {
  StageWorld world;
  const TempDir folder = TempDir::make("sentences-").value();
  const auto examples = write_sentences(folder.path() / "sst2", "sst2", "great");
  EXPECT_EQ(world.run("tuned", "finetune", params_for("sst2", 2),
                      {{"data", world.pack()}, {"examples", examples}}),
            1);
  EXPECT_NE(world.error("tuned").find("labelled \"great\"; sst2 has the classes"),
            std::string::npos)
      << world.error("tuned");
  EXPECT_EQ(world.run("none", "finetune", params_for("mnli", 2), {{"data", world.pack()}}), 1);
  EXPECT_NE(world.error("none").find("give records of ingest.mnli"), std::string::npos)
      << world.error("none");
}

TEST(Finetune, RefusesSemanticVectorsThatDoNotFitTheModel) {
  StageWorld world;
  Json params = params_for("flickr30k", 1);
  params["model"]["pooled"] = 20;
  EXPECT_EQ(world.run("a", "finetune", params, {{"data", world.pack()}}), 1);
  EXPECT_NE(world.error("a").find("twice the size"), std::string::npos) << world.error("a");
}

}  // namespace
}  // namespace unimo::stages
