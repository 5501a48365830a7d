// The answers that beam search asks for, by the plain form of decoding (incremental.h): for models
// on a GPU, where one step is a few large operations. Logits cross to the host once a step.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <vector>

#include "trainer/decode/incremental.h"
#include "trainer/decode/packed_decoder.h"

namespace unimo::trainer {

class TensorDecoder : public PackedDecoder::Engine {
 public:
  explicit TensorDecoder(Unimo& model) : model_(model) {}
  void start(const PackedBatch& sources, const DecodeLimits& limits) override;
  std::span<const NextTokens> step(std::span<const DecodeRow> rows) override;

 private:
  Unimo& model_;
  std::unique_ptr<IncrementalDecoder> decoder_;  // of the sources at hand
  at::Tensor log_p_;                             // [rows, vocabulary], of the last step
  std::vector<float> block_best_;
  std::vector<NextTokens> next_;
};

}  // namespace unimo::trainer
