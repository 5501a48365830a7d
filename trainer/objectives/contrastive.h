// Contrastive losses over match scores. They know nothing of how the scores were made.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace unimo::trainer {

// UNIMO's CMCL for each group of candidates, with the sum inside the logarithm:
//   -log( Σ_positives exp s / Σ_valid exp s )
// `scores` [groups, candidates]; `positive` and `valid` bool of the same shape, every group with at
// least one valid positive. -> [groups]; 0 for a group without negatives.
at::Tensor multi_positive_loss(const at::Tensor& scores, const at::Tensor& positive,
                               const at::Tensor& valid);

// Both directions of a batch, [texts, images]: every text finds its image among the images, and
// every text is found by its image among the texts of the other images (captions of one image are
// no negatives of each other). `image_of_text` gives the true column of each row. -> scalar, the
// mean over texts of both directions.
at::Tensor symmetric_contrastive_loss(const at::Tensor& scores,
                                      std::span<const std::int32_t> image_of_text);

struct CircleOptions {
  double margin = 0.2;
  double gamma = 1.0;
};

// log(1 + Σ_n exp(γ α_n (s_n - m)) · Σ_p exp(-γ α_p (s_p - (1 - m)))) with α_p = [1 + m - s_p]+ and
// α_n = [s_n + m]+, through which no gradient flows; in double. `positives` [groups, p],
// `negatives` [groups, n] -> [groups].
at::Tensor circle_loss(const at::Tensor& positives, const at::Tensor& negatives,
                       const CircleOptions& options);

}  // namespace unimo::trainer
