#include "stages/translate/train_translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/json.h"
#include "stages/miniworld/miniworld.h"
#include "stages/schema/miniworld.h"
#include "stages/schema/translation.h"
#include "tests/stages/stage_bench.h"
#include "trainer/translator/checkpoint.h"

namespace unimo::stages {
namespace {

using ::testing::HasSubstr;

TranslatorParams tiny_params() {
  TranslatorParams params;
  params.files = {{.source = "train.en", .target = "train.tavi"}};
  params.held_out = {{.source = "val.en", .target = "val.tavi"}};
  params.source_language = "en";
  params.target_language = "tavi";
  params.vocabulary.size = 300;
  params.model = {.encoder_layers = 1,
                  .decoder_layers = 1,
                  .hidden = 32,
                  .heads = 2,
                  .ffn = 64,
                  .positions = 64};
  params.train.steps = 8;
  params.train.checkpoint_every = 4;
  params.train.log_every = 2;
  params.max_tokens = 64;
  params.batch_tokens = 600;
  params.evaluate = {.every = 4, .bleu_sentences = 5, .search = {.beam = 2, .max_length = 20}};
  return params;
}

class TranslatorStage : public ::testing::Test {
 protected:
  TranslatorStage() {
    StageBench world;
    EXPECT_TRUE(world.run(
        run_miniworld,
        MiniWorld{.images = 60, .val_images = 10, .test_images = 0, .formats = {"parallel"}}));
    for (const char* name : {"train.en", "train.tavi", "val.en", "val.tavi"})
      bench_.write(std::filesystem::path("text") / name,
                   read_file(world.output() / "parallel" / name).value());
    bench_.input("text", "text");
    bench_.resume("resume");
  }
  StageBench bench_;
};

TEST_F(TranslatorStage, LeavesATranslatorThatLoads) {
  const Status status = bench_.run(run_translator, tiny_params());
  ASSERT_TRUE(status) << status.error().message;
  const auto loaded = trainer::load_translator(bench_.output());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->target_language, "tavi");
  const Json statistics = read_json(bench_.output() / "statistics.json").value();
  EXPECT_EQ(statistics["counts"]["pairs.train"], 250);
  EXPECT_EQ(statistics["counts"]["pairs.held_out"], 50);
  EXPECT_EQ(statistics["held_out"]["sentences"], 5);
  EXPECT_EQ(bench_.count("translator.pairs.train"), 250);
}

TEST_F(TranslatorStage, LeavesTheSameBytesEveryTimeOnAnyNumberOfCores) {
  ASSERT_TRUE(bench_.run(run_translator, tiny_params()));
  const std::string first = bench_.digest();
  std::filesystem::remove_all(bench_.path("resume"));
  bench_.cores(2);
  ASSERT_TRUE(bench_.run(run_translator, tiny_params()));
  EXPECT_EQ(bench_.digest(), first);
}

TEST_F(TranslatorStage, MayHaveAVocabularyForEachLanguage) {
  TranslatorParams params = tiny_params();
  params.vocabulary.joint = false;
  const Status status = bench_.run(run_translator, params);
  ASSERT_TRUE(status) << status.error().message;
  const auto loaded = trainer::load_translator(bench_.output()).value();
  EXPECT_FALSE(loaded.model->config().shared_embeddings);
}

TEST_F(TranslatorStage, GoesOnFromAnotherTranslator) {
  ASSERT_TRUE(bench_.run(run_translator, tiny_params()));
  std::filesystem::rename(bench_.output(), bench_.path("first"));
  std::filesystem::remove_all(bench_.path("resume"));
  bench_.input("init", "first");
  TranslatorParams params = tiny_params();
  params.train.optimizer.lr = 1e-9;
  const Status status = bench_.run(run_translator, params);
  ASSERT_TRUE(status) << status.error().message;
  const auto first = trainer::load_translator(bench_.path("first")).value();
  const auto second = trainer::load_translator(bench_.output()).value();
  EXPECT_EQ(first.vocabulary.digest(), second.vocabulary.digest());
  EXPECT_NEAR(first.model->parameters().values()[100], second.model->parameters().values()[100],
              1e-6);
}

TEST_F(TranslatorStage, SaysWhatIsWrongWithItsParameters) {
  const auto mistake = [&](auto&& change) {
    TranslatorParams params = tiny_params();
    change(params);
    const Status status = bench_.run(run_translator, params);
    return status ? std::string() : status.error().message;
  };
  EXPECT_THAT(mistake([](auto& p) { p.files.clear(); }), HasSubstr("files is empty"));
  EXPECT_THAT(mistake([](auto& p) { p.train.precision = "bf16"; }), HasSubstr("in fp32"));
  EXPECT_THAT(mistake([](auto& p) { p.batch_tokens = 100; }), HasSubstr("batch_tokens 100"));
  EXPECT_THAT(mistake([](auto& p) { p.model.heads = 3; }), HasSubstr("heads 3"));
  EXPECT_THAT(mistake([](auto& p) { p.max_tokens = 3; }), HasSubstr("no pair has at most"));
  EXPECT_THAT(mistake([](auto& p) { p.model.positions = 32; }), HasSubstr("32 positions"));
}

}  // namespace
}  // namespace unimo::stages
