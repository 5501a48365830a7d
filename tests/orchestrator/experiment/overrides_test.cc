#include "orchestrator/experiment/overrides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/experiment/experiment.h"

namespace unimo {
namespace {

using testing::HasSubstr;

constexpr const char* kText = R"(experiment: demo
seed: 1
variables: {data_root: /data, size: 3}
stages:
  pack: {kind: pack, params: {rows: 10}}
  finetune:
    kind: finetune
    params:
      optimizer: {lr: 5e-5}
    resources: {cores: 1}
)";

Json document_with(const std::vector<std::string>& overrides) {
  auto document = parse_yaml(kText, "demo.yaml");
  const auto applied = apply_overrides(*document, overrides);
  EXPECT_TRUE(applied) << applied.error().message;
  return document->value;
}

std::string error_with(const std::vector<std::string>& overrides) {
  auto document = parse_yaml(kText, "demo.yaml");
  const auto applied = apply_overrides(*document, overrides);
  EXPECT_FALSE(applied);
  return applied ? std::string() : applied.error().message;
}

TEST(Overrides, TakeThePathOfTheFileAndItsShortForm) {
  const Json full = document_with({"stages.finetune.params.optimizer.lr=1e-5"});
  EXPECT_EQ(full["stages"]["finetune"]["params"]["optimizer"]["lr"], 1e-5);
  EXPECT_EQ(document_with({"finetune.optimizer.lr=1e-5"}), full);
}

TEST(Overrides, SetWhatTheFileDoesNotMention) {
  EXPECT_EQ(
      document_with({"pack.tokenizer.size=8"})["stages"]["pack"]["params"]["tokenizer"]["size"], 8);
}

TEST(Overrides, ReachOtherKeysOfAStage) {
  const Json document =
      document_with({"finetune.resources.gpus=2", "pack.shards=4", "seed=7", "data_root=/d"});
  EXPECT_EQ(document["stages"]["finetune"]["resources"], Json::parse(R"({"cores": 1, "gpus": 2})"));
  EXPECT_EQ(document["stages"]["pack"]["shards"], 4);
  EXPECT_EQ(document["seed"], 7);
  EXPECT_EQ(document["variables"]["data_root"], "/d");
}

TEST(Overrides, ParseTheirValuesAsYaml) {
  const Json params = document_with({"pack.a=[1, two]", "pack.b='3'", "pack.c=", "pack.d={e: no}",
                                     "pack.url=a=b"})["stages"]["pack"]["params"];
  EXPECT_EQ(params["a"], Json::parse(R"([1, "two"])"));
  EXPECT_EQ(params["b"], "3");
  EXPECT_EQ(params["c"], "");
  EXPECT_EQ(params["d"]["e"], "no");
  EXPECT_EQ(params["url"], "a=b");
}

TEST(Overrides, NullTakesAValueAway) {
  EXPECT_FALSE(document_with({"pack.rows=null"})["stages"]["pack"]["params"].contains("rows"));
}

TEST(Overrides, SuggestWhatWasMeant) {
  EXPECT_THAT(error_with({"finetun.lr=1"}), HasSubstr("did you mean finetune?"));
  EXPECT_THAT(error_with({"stages.finetune.parms.x=1"}), HasSubstr("did you mean params?"));
  EXPECT_THAT(error_with({"data_rot=1"}), HasSubstr("did you mean data_root?"));
  EXPECT_THAT(error_with({"variables.sise=1"}), HasSubstr("did you mean size?"));
}

TEST(Overrides, ReportAllMistakesNamingTheirOption) {
  const std::string error = error_with({"nothing", "finetune=1", "pack.rows.x=1", "finetune.a=[1"});
  EXPECT_THAT(error, HasSubstr("--set nothing: write path=value"));
  EXPECT_THAT(error, HasSubstr("--set finetune=1: a stage is not set as a whole"));
  EXPECT_THAT(error, HasSubstr("--set pack.rows.x=1: stages.pack.params.rows is 10"));
  EXPECT_THAT(error, HasSubstr("--set finetune.a=[1: the value:1"));
}

TEST(Overrides, AreThePlaceOfLaterMistakes) {
  const auto experiment = parse_experiment(kText, "demo.yaml", {"pack.shards=0"});
  ASSERT_TRUE(experiment);
  EXPECT_THAT(experiment->status().error().message,
              HasSubstr("--set pack.shards=0: pack.shards: 0 is out of range"));
}

}  // namespace
}  // namespace unimo
