// UNIMO: one Transformer for texts, images and their pairs, with the heads that pre-training and
// the tasks use.
//
//   Unimo model(config, seed);
//   at::Tensor hidden = model.encode(batch, {.training = true, .seed = seed, .step = step});  //
//   [rows, hidden] at::Tensor loss = model.lm_loss_sum(trainer::gather_rows(hidden, rows), targets,
//   0.1) / count; loss.backward();                        // gradients are added to
//   parameters().gradients()
//
// A post-norm RoBERTa encoder; image positions are region features and boxes with a norm of their
// own. Batches are free of padding. All tensors that go in or come out are fp32; with
// Precision::kBf16 or kFp16 the matrix products inside run on 16-bit copies of the weights,
// refreshed when the weights have changed. Results do not depend on the number of threads. Calls on
// one model must not overlap.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trainer/config/device.h"
#include "trainer/config/model.h"
#include "trainer/data/batch.h"
#include "trainer/model/gather.h"
#include "trainer/model/parameters.h"
#include "trainer/model/precision.h"
#include "trainer/model/trained_model.h"

namespace unimo::trainer {

struct EncodeOptions {
  bool training = false;   // dropout on
  std::uint64_t seed = 0;  // dropout is a function of (seed, step, pass, place) alone
  std::uint64_t step = 0;
  std::uint32_t pass = 0;    // tells several encodings of one step apart
  at::Tensor text_delta;     // [text rows, hidden]: added to the embedding sum before its norm;
                             // undefined: none
  at::Tensor feature_delta;  // [image rows, feature_size]: added to the region features
};

class ModelEngine;  // the layers and heads in one precision

class Unimo : public TrainedModel {
 public:
  // `extra`: parameters of a task's own head, kept, trained and saved with the model's.
  // Throws std::invalid_argument when the sizes do not fit together or the device cannot be had.
  Unimo(const ModelConfig& config, std::uint64_t seed, Precision precision = Precision::kFp32,
        const std::vector<ParameterSpec>& extra = {}, const DeviceConfig& device = {});
  ~Unimo() override;
  Unimo(const Unimo&) = delete;
  Unimo& operator=(const Unimo&) = delete;

  const ModelConfig& config() const { return config_; }
  Precision precision() const override { return precision_; }
  ParameterStore& parameters() override { return parameters_; }
  const ParameterStore& parameters() const override { return parameters_; }
  const at::Tensor& weight(std::string_view name) const { return parameters_.at(name).value; }

  // Final hidden states, [rows, hidden]. The batch must outlive neither the call nor the backward
  // pass.
  at::Tensor encode(const PackedBatch& batch, const EncodeOptions& options);
  // The states after the embedding ([0]) and after every layer, without dropout.
  std::vector<at::Tensor> encode_all_layers(const PackedBatch& batch);

  // The states of every encode: "the embedding", "the output of encoder_layer_0", ….
  void watch(Watcher watcher) override { watcher_ = std::move(watcher); }

  void set_recompute(bool recompute) override;
  std::int64_t planned_bytes(std::int64_t rows, bool recompute) const override;
  // Bytes that layers keep at this moment for backward passes to come.
  std::int64_t activation_bytes() const;

  // Masked-LM and generation head with the tied table: rows [n, hidden] -> [n, vocabulary].
  at::Tensor lm_logits(const at::Tensor& rows);
  // Sum over the rows of the cross-entropy with label smoothing ((1-s) onehot + s/V), a scalar;
  // never holds all logits at once. `targets` has one id per row.
  at::Tensor lm_loss_sum(const at::Tensor& rows, std::span<const std::int32_t> targets,
                         double smoothing = 0);

  at::Tensor region_features(const at::Tensor& rows);  // -> [n, feature_size]
  at::Tensor region_classes(const at::Tensor& rows);   // -> [n, class_size], logits

  // ReLU(FC(rows)) of [CLS] rows or [IMG] rows: -> [n, pooled].
  at::Tensor pooled_text(const at::Tensor& rows);
  at::Tensor pooled_image(const at::Tensor& rows);

  // FC(Dropout(p_text * p_image)) row by row: two [n, pooled] -> [n].
  at::Tensor match_score(const at::Tensor& p_text, const at::Tensor& p_image,
                         const EncodeOptions& options);
  // The same for all pairs, without dropout: [n, pooled] and [m, pooled] -> [n, m].
  at::Tensor match_matrix(const at::Tensor& p_text, const at::Tensor& p_image);

  // x W^T + b with the named parameters "<name>.w_0" and "<name>.b_0", in the model's precision.
  at::Tensor linear(const at::Tensor& x, std::string_view name);
  // Dropout keyed like the model's; `place` (from 1000 upwards) tells the call sites of one pass
  // apart.
  at::Tensor dropout(const at::Tensor& x, double rate, const EncodeOptions& options,
                     std::uint32_t place);

 private:
  ModelConfig config_;
  Precision precision_;
  ParameterStore parameters_;
  std::unique_ptr<ModelEngine> engine_;
  Watcher watcher_;
};

// Empty when a model of these sizes can encode the batch; else what is wrong with it.
std::string batch_mistake(const PackedBatch& batch, const ModelConfig& config);

}  // namespace unimo::trainer
