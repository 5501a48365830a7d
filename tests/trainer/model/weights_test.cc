#include "trainer/model/weights.h"

#include <ATen/core/Tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "tests/trainer/golden_roberta.h"
#include "tests/trainer/tiny_training.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

struct Loaded {
  Result<LoadReport> report;
  std::unique_ptr<Unimo> model;
};

Loaded load_folder(const std::filesystem::path& folder) {
  auto config = read_roberta_config(folder / "config.json");
  if (!config) return {tl::unexpected(config.error()), nullptr};
  config->feature_size = 8;
  config->class_size = 3;
  auto model = std::make_unique<Unimo>(*config, 1);
  auto report = load_roberta(folder, model->parameters());
  return {std::move(report), std::move(model)};
}

bool names_one_of(const std::string& message, const Json& names) {
  if (names.empty()) return true;
  return std::any_of(names.begin(), names.end(), [&](const Json& name) {
    return message.find(name.get<std::string>()) != std::string::npos;
  });
}

TEST(RobertaFiles, DamagedOnesAreRefusedByName) {
  REQUIRE_GOLDEN();
  const auto manifest = read_json(golden_roberta() / "bad/MANIFEST.json");
  ASSERT_TRUE(manifest) << manifest.error().message;
  int refused = 0;
  for (const Json& entry : manifest->at("cases")) {
    const auto name = entry.at("case").get<std::string>();
    const Loaded loaded = load_folder(golden_roberta() / "bad" / name);
    ASSERT_FALSE(loaded.report) << name << " was accepted";
    const std::string& message = loaded.report.error().message;
    EXPECT_TRUE(names_one_of(message, entry.at("should_name_one_of"))) << name << ": " << message;
    ++refused;
  }
  EXPECT_EQ(refused, 41);
}

void expect_logits(Unimo& model, const Json& check, double tolerance) {
  PackedBatch batch;
  for (const Json& id : check.at("input_ids")) {
    batch.text_rows.push_back(batch.rows);
    batch.position_ids.push_back(batch.rows++ + 2);
    batch.token_ids.push_back(id.get<std::int32_t>());
  }
  batch.spans = {{.begin = 0, .end = batch.rows}};
  const at::Tensor logits = model.lm_logits(model.encode(batch, {})).detach();
  EXPECT_NEAR(logits.sum().item<double>(), check.at("logits_sum").get<double>(), 30 * tolerance);
  for (int i = 0; i < 8; ++i) {
    EXPECT_NEAR(logits.select(0, 3).select(0, i).item<double>(),
                check.at("logits_row3_first8").at(i).get<double>(), tolerance);
  }
}

TEST(RobertaFiles, UnusualOnesGiveTheSameModel) {
  REQUIRE_GOLDEN();
  const auto manifest = read_json(golden_roberta() / "variants/MANIFEST.json");
  ASSERT_TRUE(manifest) << manifest.error().message;
  int accepted = 0;
  for (const Json& entry : manifest->at("cases")) {
    const auto name = entry.at("case").get<std::string>();
    SCOPED_TRACE(name);
    const Loaded loaded = load_folder(golden_roberta() / "variants" / name);
    ASSERT_TRUE(loaded.report) << loaded.report.error().message;
    // An encoder alone has no head to compare logits with.
    if (name == "encoder_only") {
      EXPECT_THAT(loaded.report->missing, testing::Contains("mask_lm_trans_fc.w_0"));
    } else {
      expect_logits(*loaded.model, entry.at("check"), 3e-5);
    }
    ++accepted;
  }
  EXPECT_EQ(accepted, 11);
}

class OwnWeights : public testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::make("weights-");
    ASSERT_TRUE(made) << made.error().message;
    folder_ = std::make_unique<TempDir>(std::move(*made));
  }
  std::filesystem::path file() const { return folder_->path() / "model.safetensors"; }
  std::unique_ptr<TempDir> folder_;
};

TEST_F(OwnWeights, ComeBackAsTheyWere) {
  Unimo saved(tiny_test_model(), 1);
  Unimo loaded(tiny_test_model(), 2);
  ASSERT_TRUE(save_weights(file(), saved.parameters(), {{"task", "pretrain"}}));
  const auto report = load_weights(file(), loaded.parameters());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(std::equal(saved.parameters().values().begin(), saved.parameters().values().end(),
                         loaded.parameters().values().begin()));
  EXPECT_EQ(open_safetensors(file())->metadata().at("task"), "pretrain");
}

TEST_F(OwnWeights, EqualModelsGiveEqualBytes) {
  ASSERT_TRUE(save_weights(file(), Unimo(tiny_test_model(), 1).parameters()));
  const auto first = read_file(file());
  ASSERT_TRUE(save_weights(file(), Unimo(tiny_test_model(), 1).parameters()));
  EXPECT_EQ(*first, *read_file(file()));
}

TEST_F(OwnWeights, HeadsOfAnotherTaskAreReported) {
  const std::vector<ParameterSpec> old_head = {
      {.name = "cls_out_2.w_0", .shape = {2, 32}, .required = false}};
  const std::vector<ParameterSpec> new_head = {
      {.name = "cls_out_3.w_0", .shape = {3, 32}, .required = false}};
  ASSERT_TRUE(
      save_weights(file(), Unimo(tiny_test_model(), 1, Precision::kFp32, old_head).parameters()));
  Unimo model(tiny_test_model(), 2, Precision::kFp32, new_head);
  const auto report = load_weights(file(), model.parameters());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->missing, UnorderedElementsAre("cls_out_3.w_0"));
  EXPECT_THAT(report->unused, UnorderedElementsAre("cls_out_2.w_0"));
}

TEST_F(OwnWeights, OfAnotherSizeAreRefusedAndChangeNothing) {
  ASSERT_TRUE(save_weights(file(), Unimo(tiny_test_model(), 1).parameters()));
  ModelConfig bigger = tiny_test_model();
  bigger.vocabulary = 51;
  Unimo model(bigger, 2);
  const std::vector<float> before(model.parameters().values().begin(),
                                  model.parameters().values().end());
  const auto report = load_weights(file(), model.parameters());
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message,
              HasSubstr("word_embedding: shape [50, 32] found, [51, 32] wanted"));
  EXPECT_TRUE(std::equal(before.begin(), before.end(), model.parameters().values().begin()));
}

}  // namespace
}  // namespace unimo::trainer
