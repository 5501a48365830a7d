#include <gtest/gtest.h>
#include <signal.h>

#include "tests/stages/pretrain/stage_process.h"

namespace unimo::stages {
namespace {

using unimo::testing::StageWorld;
using unimo::testing::tiny_pretrain_params;

TEST(Pretrain, WritesTheSameCheckpointEveryTime) {
  StageWorld world;
  const Json params = tiny_pretrain_params(6);
  ASSERT_EQ(world.run("a", "pretrain", params, {{"data", world.pack()}}), 0) << world.error("a");
  ASSERT_EQ(world.run("b", "pretrain", params, {{"data", world.pack()}}), 0) << world.error("b");
  EXPECT_EQ(world.digest("a"), world.digest("b"));
  for (const char* file : {"model.safetensors", "model.json", "tokenizer/tokenizer.json"}) {
    EXPECT_TRUE(std::filesystem::exists(world.output("a") / file)) << file;
  }
}

TEST(Pretrain, ReportsEveryObjectiveUnderItsName) {
  StageWorld world;
  ASSERT_EQ(world.run("a", "pretrain", tiny_pretrain_params(8), {{"data", world.pack()}}), 0)
      << world.error("a");
  for (const char* name :
       {"loss", "loss.mlm", "loss.seq2seq", "loss.region_regression", "loss.region_class",
        "loss.contrastive", "loss.cmcl", "loss.caption", "loss.semantic", "lr", "gradient_norm"}) {
    EXPECT_FALSE(world.metric("a", name).empty()) << name;
  }
}

TEST(Pretrain, StoppedAndStartedAgainEndsWithTheSameBits) {
  StageWorld world;
  const Json params = tiny_pretrain_params(30);
  ASSERT_EQ(world.run("whole", "pretrain", params, {{"data", world.pack()}}), 0)
      << world.error("whole");
  ASSERT_EQ(world.run("broken", "pretrain", params, {{"data", world.pack()}}, {SIGTERM, 7}), 8);
  ASSERT_EQ(world.run("broken", "pretrain", params, {{"data", world.pack()}}), 0)
      << world.error("broken");
  EXPECT_GT(world.metric("broken", "loss").begin()->first, 1);  // it did go on, not begin anew
  EXPECT_EQ(world.digest("whole"), world.digest("broken"));
  const auto wanted = world.metric("whole", "loss");
  for (const auto& [step, loss] : world.metric("broken", "loss"))
    EXPECT_EQ(loss, wanted.at(step)) << step;
}

TEST(Pretrain, KilledAndStartedAgainEndsWithTheSameBits) {
  StageWorld world;
  const Json params = tiny_pretrain_params(30);
  ASSERT_EQ(world.run("whole", "pretrain", params, {{"data", world.pack()}}), 0)
      << world.error("whole");
  for (const std::int64_t step : {6, 13, 22}) {
    ASSERT_EQ(world.run("broken", "pretrain", params, {{"data", world.pack()}}, {SIGKILL, step}),
              -SIGKILL);
  }
  ASSERT_EQ(world.run("broken", "pretrain", params, {{"data", world.pack()}}), 0)
      << world.error("broken");
  EXPECT_EQ(world.digest("whole"), world.digest("broken"));
}

TEST(Pretrain, ReportsHeldOutLossesWithoutTrainingOnThem) {
  StageWorld world;
  Json params = tiny_pretrain_params(7);
  ASSERT_EQ(world.run("plain", "pretrain", params, {{"data", world.pack()}}), 0)
      << world.error("plain");
  params["evaluate"] = {{"every", 3}, {"batches", 2}, {"splits", {"val"}}};
  ASSERT_EQ(world.run("a", "pretrain", params, {{"data", world.pack()}}), 0) << world.error("a");
  EXPECT_EQ(world.digest("a"), world.digest("plain"));
  for (const char* name :
       {"heldout.loss.mlm", "heldout.loss.region_class", "heldout.loss.caption"}) {
    const auto reports = world.metric("a", name);
    ASSERT_EQ(reports.size(), 3U) << name;
    for (const std::int64_t step : {3, 6, 7}) EXPECT_TRUE(reports.contains(step)) << name;
  }
}

TEST(Pretrain, RefusesHeldOutSplitsThatThePackDoesNotHave) {
  StageWorld world;
  Json params = tiny_pretrain_params(2);
  params["evaluate"] = {{"every", 1}, {"splits", {"tset"}}};
  EXPECT_EQ(world.run("a", "pretrain", params, {{"data", world.pack()}}), 1);
  EXPECT_NE(world.error("a").find("tset"), std::string::npos) << world.error("a");
}

TEST(Pretrain, RefusesTextsThatAreTooLongForTheModel) {
  StageWorld world;
  Json params = tiny_pretrain_params(2);
  params["model"]["positions"] = 8;
  EXPECT_EQ(world.run("a", "pretrain", params, {{"data", world.pack()}}), 1);
  EXPECT_NE(world.error("a").find("raise model.positions"), std::string::npos) << world.error("a");
}

TEST(Pretrain, SaysWhichSplitsThereAre) {
  StageWorld world;
  Json params = tiny_pretrain_params(2);
  params["splits"] = {"trian"};
  EXPECT_EQ(world.run("a", "pretrain", params, {{"data", world.pack()}}), 1);
  EXPECT_NE(world.error("a").find("it knows the splits train, val"), std::string::npos)
      << world.error("a");
}

TEST(Pretrain, AsksForItsInput) {
  StageWorld world;
  EXPECT_EQ(world.run("a", "pretrain", tiny_pretrain_params(2), {}), 1);
  EXPECT_NE(world.error("a").find("\"data\" is missing"), std::string::npos) << world.error("a");
}

}  // namespace
}  // namespace unimo::stages
