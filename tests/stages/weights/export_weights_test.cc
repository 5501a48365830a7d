#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/schema/weights.h"
#include "stages/weights/vocabulary_files.h"
#include "stages/weights/weights.h"
#include "tests/stages/weights/small_checkpoint.h"
#include "trainer/weights/roberta.h"
#include "trainer/weights/unimo_sizes.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

class ExportWeights : public testing::Test {
 protected:
  void SetUp() override {
    write_small_checkpoint(bench_, "checkpoint");
    bench_.input("checkpoint", "checkpoint");
  }
  void export_as(const std::string& format) {
    const Status status = bench_.run(run_export_weights, ExportWeightsParams{.format = format});
    ASSERT_TRUE(status) << status.error().message;
  }
  StageBench bench_;
};

TEST_F(ExportWeights, ARobertaHasTheSameBitsUnderItsNames) {
  export_as("roberta");
  const auto before = values_of(bench_.path("checkpoint"));
  const auto after = values_of(bench_.output());
  std::size_t found = 0;
  for (const auto& [name, values] : before) {
    const std::string theirs = trainer::roberta_name(name);
    if (theirs.empty()) continue;
    ASSERT_TRUE(after.contains(theirs)) << theirs;
    EXPECT_EQ(after.at(theirs), values) << name;
    ++found;
  }
  EXPECT_EQ(after.size(), found + 1);
  EXPECT_THAT(after.at("roberta.embeddings.token_type_embeddings.weight"), testing::Each(0.0F));
}

TEST_F(ExportWeights, ARobertaIsCompleteForItsOwnConfiguration) {
  export_as("roberta");
  const auto source = trainer::open_weights(bench_.output());
  ASSERT_TRUE(source) << source.error().message;
  const auto config = trainer::read_roberta_config(*source->config);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->heads, 4);
  EXPECT_EQ(config->ffn, 48);
  const auto map = trainer::map_roberta(source->file, trainer::text_parameters(*config));
  EXPECT_TRUE(map) << map.error().message;
  const Json document = read_json(*source->config).value();
  EXPECT_EQ(document.at("architectures"), Json::array({"RobertaForMaskedLM"}));
  EXPECT_EQ(document.at("tie_word_embeddings"), true);
}

TEST_F(ExportWeights, TheVocabularyGivesTheSameIds) {
  const auto before = find_vocabulary(bench_.path("checkpoint"));
  ASSERT_TRUE(before) << before.error().message;
  for (const char* format : {"roberta", "unimo", "paddle"}) {
    export_as(format);
    const auto after = find_vocabulary(bench_.output());
    ASSERT_TRUE(after) << format << ": " << after.error().message;
    EXPECT_EQ((*after)->encode("an apple, an \xc3\xa4"),
              (*before)->encode("an apple, an \xc3\xa4"));
    EXPECT_EQ((*after)->vocabulary_size(), 263U);
    EXPECT_EQ((*after)->mask_id(), 262);
  }
}

TEST_F(ExportWeights, EverythingComesBackFromTheFormsOfUnimo) {
  const auto before = values_of(bench_.path("checkpoint"));
  for (const char* format : {"unimo", "paddle"}) {
    export_as(format);
    EXPECT_EQ(values_of(bench_.output()), before) << format;
    const auto source = trainer::open_weights(bench_.output());
    const auto sizes = trainer::sizes_of_unimo(source->file, source->config, {});
    ASSERT_TRUE(sizes) << sizes.error().message;
    EXPECT_EQ(*sizes, small_model()) << format;
  }
}

TEST_F(ExportWeights, TheSameCheckpointGivesTheSameBytes) {
  for (const char* format : {"roberta", "unimo", "paddle"}) {
    export_as(format);
    const std::string first = bench_.digest();
    export_as(format);
    EXPECT_EQ(bench_.digest(), first) << format;
  }
}

TEST_F(ExportWeights, WeightsOfOtherSizesThanModelJsonSaysAreRefused) {
  auto info = read_model_info(bench_.path("checkpoint")).value();
  info.model.vocabulary = 300;
  ASSERT_TRUE(write_model_info(bench_.path("checkpoint"), info));
  const Status status = bench_.run(run_export_weights, ExportWeightsParams{});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              HasSubstr("word_embedding: shape [263, 32] found, [300, 32] wanted"));
}

}  // namespace
}  // namespace unimo::stages
