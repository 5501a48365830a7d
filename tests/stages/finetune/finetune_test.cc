#include <gtest/gtest.h>
#include <signal.h>

#include "orchestrator/base/json.h"
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

TEST(Finetune, RefusesSemanticVectorsThatDoNotFitTheModel) {
  StageWorld world;
  Json params = params_for("flickr30k", 1);
  params["model"]["pooled"] = 20;
  EXPECT_EQ(world.run("a", "finetune", params, {{"data", world.pack()}}), 1);
  EXPECT_NE(world.error("a").find("twice the size"), std::string::npos) << world.error("a");
}

}  // namespace
}  // namespace unimo::stages
