#include "stages/pretrain/import_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/pretrain/model_artifact.h"
#include "stages/schema/weights.h"
#include "stages/weights/weights.h"
#include "tests/stages/pretrain/stage_process.h"
#include "tests/stages/weights/small_checkpoint.h"

namespace unimo::stages {
namespace {

using ::testing::HasSubstr;
using unimo::testing::StageWorld;
using unimo::testing::tiny_pretrain_params;

// `raw` of the bench: a checkpoint written in one of the forms of export.weights.
class ImportWeights : public ::testing::Test {
 protected:
  void prepare(const std::string& format) {
    StageBench exporting;
    write_small_checkpoint(exporting, "checkpoint");
    before_ = values_of(exporting.path("checkpoint"));
    exporting.input("checkpoint", "checkpoint");
    const Status status = exporting.run(run_export_weights, ExportWeightsParams{.format = format});
    ASSERT_TRUE(status) << status.error().message;
    std::filesystem::copy(exporting.output(), bench_.path("raw"),
                          std::filesystem::copy_options::recursive);
    bench_.input("raw", "raw");
  }
  Status import(const ImportWeightsParams& params = {.feature_size = 6, .class_size = 7}) {
    return bench_.run(run_import_weights, params);
  }
  void expect_everything_back() {
    const Status status = import({});
    ASSERT_TRUE(status) << status.error().message;
    const auto after = values_of(bench_.output());
    for (const auto& [name, values] : before_) EXPECT_EQ(after.at(name), values) << name;
    const auto info = read_model_info(bench_.output());
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->model, small_model());
    EXPECT_EQ(info->task, "import");
  }
  std::string error() {
    const Status status = import();
    return status ? "nothing" : status.error().message;
  }

  StageBench bench_;
  NamedValues before_;
};

TEST_F(ImportWeights, ARobertaBecomesTheTextPart) {
  prepare("roberta");
  const Status status = import();
  ASSERT_TRUE(status) << status.error().message;
  const auto after = values_of(bench_.output());
  for (const auto& [name, values] : before_) {
    if (trainer::roberta_name(name).empty()) continue;
    EXPECT_EQ(after.at(name), values) << name;
  }
  EXPECT_EQ(bench_.count("import.loaded"), 41);
  // Image embeddings with their norm, pooled outputs, match and region heads.
  EXPECT_EQ(bench_.count("import.new"), 16);
  EXPECT_NE(after.at("image_emb.w_0"), before_.at("image_emb.w_0"));
  EXPECT_NE(after.at("image_emb.w_0")[0], 0.0F);
}

TEST_F(ImportWeights, NewPartsComeFromTheSeedAlone) {
  prepare("roberta");
  bench_.seed(1);
  ASSERT_TRUE(import());
  const auto first = values_of(bench_.output());
  ASSERT_TRUE(import());
  EXPECT_EQ(values_of(bench_.output()), first);
  bench_.seed(2);
  ASSERT_TRUE(import());
  const auto second = values_of(bench_.output());
  EXPECT_NE(second.at("pooled_fc_text.w_0"), first.at("pooled_fc_text.w_0"));
  EXPECT_EQ(second.at("word_embedding"), first.at("word_embedding"));
}

TEST_F(ImportWeights, AUnimoComesBackWhole) {
  prepare("unimo");
  expect_everything_back();
}

TEST_F(ImportWeights, APaddleFolderComesBackWhole) {
  prepare("paddle");
  expect_everything_back();
}

TEST_F(ImportWeights, TheResultIsACheckpoint) {
  prepare("roberta");
  ASSERT_TRUE(import());
  const auto info = read_model_info(bench_.output());
  ASSERT_TRUE(info) << info.error().message;
  const auto model = load_model(bench_.output(), *info, "fp32", {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ((*model)->config().feature_size, 6);
}

TEST_F(ImportWeights, AVocabularyOfAnotherSizeIsRefused) {
  prepare("roberta");
  write_tiny_bpe(bench_, "other");
  std::string numbers = *read_file(bench_.path("other/vocab.txt"));
  numbers.insert(numbers.find("[MASK]"), "madeupword0000\n");
  bench_.write("other/vocab.txt", numbers);
  bench_.input("tokenizer", "other");
  EXPECT_THAT(error(), HasSubstr("the vocabulary has 264 pieces, the word table"));
}

TEST_F(ImportWeights, WhatIsMissingBesideTheWeightsIsNamed) {
  prepare("roberta");
  std::filesystem::remove(bench_.path("raw/merges.txt"));
  EXPECT_THAT(error(), HasSubstr("no vocabulary: neither vocab.json and merges.txt"));
  std::filesystem::remove(bench_.path("raw/config.json"));
  EXPECT_THAT(error(), HasSubstr("no config.json beside a RoBERTa"));
}

TEST_F(ImportWeights, WeightsOfAnotherModelAreRefused) {
  const std::vector<float> values(4, 1.0F);
  std::filesystem::create_directories(bench_.path("raw"));
  ASSERT_TRUE(trainer::write_safetensors(
      bench_.path("raw/model.safetensors"),
      std::vector<trainer::FloatTensor>{{"bert.pooler.dense.weight", {2, 2}, values}}, {}));
  bench_.input("raw", "raw");
  EXPECT_THAT(error(), HasSubstr("neither a RoBERTa nor a UNIMO"));
}

TEST(ImportedCheckpoint, IsWhatPretrainGoesOnFrom) {
  StageWorld world;
  ASSERT_EQ(world.run("a", "pretrain", tiny_pretrain_params(1), {{"data", world.pack()}}), 0)
      << world.error("a");
  ASSERT_EQ(world.run("out", "export.weights", {{"format", "paddle"}},
                      {{"checkpoint", world.output("a")}}),
            0)
      << world.error("out");
  ASSERT_EQ(world.run("in", "import.weights", Json::object(), {{"raw", world.output("out")}}), 0)
      << world.error("in");
  EXPECT_EQ(*hash_file(world.output("in") / "model.safetensors"),
            *hash_file(world.output("a") / "model.safetensors"));
  EXPECT_EQ(world.run("b", "pretrain", tiny_pretrain_params(2),
                      {{"data", world.pack()}, {"init", world.output("in")}}),
            0)
      << world.error("b");
}

}  // namespace
}  // namespace unimo::stages
