// Adversarial training around any task that predicts classes (VILLA, Gan et al. 2020, as UNIMO
// fine-tunes): small disturbances of text and image climb the task's loss for a few steps, and the
// model learns from the clean and the disturbed predictions and from how far apart they are.
//
// With K steps, for each of them
//   total += [CE(clean) + CE(text disturbed) + CE(image disturbed)] / K
//          + kl_weight · [KLsym(clean, text disturbed) + KLsym(clean, image disturbed)]
//   δ ← δ + lr · g / max(‖g‖, 1e-8),  g the gradient of the disturbed CE / K, its norm by sample
//   if max_norm > 0 and ‖g‖ > max_norm:  δ ← δ · max_norm / ‖g‖
// from δ = uniform(-1, 1) · magnitude / sqrt(positions · size) by sample. Two oddities of the
// published code are kept: the bound looks at the norm of the gradient, not of δ, and the distances
// are not divided by K.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "trainer/config/tasks.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

// A task as its disturber sees it. Text is disturbed at the sum of its embeddings, [text rows,
// hidden], the image at its features, [image rows, feature_size]. A sample is a span of the batch
// with all spans that have it for context: an image with its captions.
struct AdversarialTask {
  const PackedBatch& batch;
  // From the encoded rows to predictions: [rows, hidden] -> [n, classes].
  std::function<at::Tensor(Unimo&, const at::Tensor& hidden, const EncodeOptions&)> logits;
  // What the predictions cost, a mean: [n, classes] -> scalar.
  std::function<at::Tensor(const at::Tensor& logits)> loss;
};

struct AdversarialLoss {
  at::Tensor loss;  // total, a scalar
  // Means over the steps, for reports; 0 where a side is not disturbed.
  double clean = 0, text = 0, image = 0, divergence = 0;
  std::int64_t rows = 0;  // positions encoded
};

// `config.steps` is at least 1. Encodes up to 3 · steps times, with passes counted on from
// `encode.pass`; all of them are in memory until the backward pass.
AdversarialLoss adversarial_loss(Unimo& model, const AdversarialTask& task,
                                 const AdversarialConfig& config, const EncodeOptions& encode);

// Mean over the rows of Σ (q - p) (log q - log p), both ways of the Kullback-Leibler distance:
// two [n, classes] of logits -> scalar.
at::Tensor symmetric_divergence(const at::Tensor& a, const at::Tensor& b);

}  // namespace unimo::trainer
