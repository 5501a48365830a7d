// The small RoBERTa whose numbers were computed elsewhere in float64, with its one batch, as a
// fixture.
#pragma once

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "trainer/model/unimo.h"
#include "trainer/model/weights.h"
#include "trainer/weights/safetensors.h"

namespace unimo::trainer {

inline const std::filesystem::path& golden_roberta() {
  static const std::filesystem::path folder =
      std::filesystem::path(UNIMO_SHARED_DATA) / "golden/roberta";
  return folder;
}

#define REQUIRE_GOLDEN()                                         \
  if (!std::filesystem::exists(golden_roberta())) {              \
    GTEST_SKIP() << "no golden numbers at " << golden_roberta(); \
  }

class GoldenRoberta : public testing::Test {
 protected:
  void SetUp() override { load(Precision::kFp32, {}); }

  // `extra`: parameters of the test's own.
  void load(Precision precision, const std::vector<ParameterSpec>& extra) {
    REQUIRE_GOLDEN();
    batch_ = {};
    labelled_.clear();
    targets_.clear();
    auto config = read_roberta_config(golden_roberta() / "safetensors/config.json");
    ASSERT_TRUE(config) << config.error().message;
    config->dropout = 0;
    config->attention_dropout = 0;
    config->feature_size = 8;
    config->class_size = 3;
    model_ = std::make_unique<Unimo>(*config, 1, precision, extra, device_);
    const auto report =
        load_roberta(golden_roberta() / "safetensors/model.safetensors", model_->parameters());
    ASSERT_TRUE(report) << report.error().message;
    auto cases = open_safetensors(golden_roberta() / "cases.safetensors");
    ASSERT_TRUE(cases) << cases.error().message;
    cases_ = std::make_unique<WeightFile>(std::move(*cases));
    pack();
  }

  // The valid positions of the padded batch, one bidirectional span per sequence.
  void pack() {
    const auto ids = *cases_->read_integers("input_ids");
    const auto positions = *cases_->read_integers("position_ids");
    const auto labels = *cases_->read_integers("labels");
    const auto valid = *cases_->read_integers("valid_index");
    std::int64_t sequence = -1;
    for (std::size_t i = 0; i < valid.size(); i += 2) {
      const auto place = static_cast<std::size_t>(valid[i] * 64 + valid[i + 1]);
      const std::int32_t row = batch_.rows++;
      if (valid[i] != sequence) batch_.spans.push_back({.begin = row});
      sequence = valid[i];
      batch_.spans.back().end = row + 1;
      batch_.text_rows.push_back(row);
      batch_.token_ids.push_back(static_cast<std::int32_t>(ids[place]));
      batch_.position_ids.push_back(static_cast<std::int32_t>(positions[place]));
      if (labels[place] < 0) continue;
      labelled_.push_back(row);
      targets_.push_back(static_cast<std::int32_t>(labels[place]));
    }
  }

  at::Tensor loss(const EncodeOptions& options = {.training = true}) {
    const at::Tensor hidden = model_->encode(batch_, options);
    return model_->lm_loss_sum(gather_rows(hidden, labelled_), targets_)
        .div(static_cast<double>(targets_.size()));
  }

  double largest_difference(const at::Tensor& tensor, const std::string& name) {
    const auto wanted = *cases_->read_doubles(name);
    const at::Tensor flat = tensor.cpu().contiguous();
    EXPECT_EQ(static_cast<std::int64_t>(wanted.size()), flat.numel()) << name;
    double largest = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      largest = std::max(
          largest, std::abs(static_cast<double>(flat.const_data_ptr<float>()[i]) - wanted[i]));
    }
    return largest;
  }

  DeviceConfig device_;  // before SetUp
  std::unique_ptr<Unimo> model_;
  std::unique_ptr<WeightFile> cases_;
  PackedBatch batch_;
  std::vector<std::int32_t> labelled_, targets_;
};

}  // namespace unimo::trainer
