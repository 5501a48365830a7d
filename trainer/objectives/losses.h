// The losses of the heads, as sums over rows: the caller divides by what it counted.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/objectives/masked_batch.h"

namespace unimo::trainer {

// Sum of squared distances: two [n, size] -> scalar.
at::Tensor regression_loss_sum(const at::Tensor& predicted, const at::Tensor& wanted);

// Sum of the cross-entropies against the class distributions, each brought to sum 1 over the
// classes that were kept: logits [n, classes] -> scalar. A region without any probability adds
// nothing.
at::Tensor class_loss_sum(const at::Tensor& logits, const ClassTargets& targets);

// Mean over the rows of the cross-entropy with label smoothing, (1-s) onehot + s/classes: logits
// [n, classes] with one label per row -> scalar. What Unimo::lm_loss_sum does piece by piece, where
// the logits themselves are wanted, too.
at::Tensor token_loss_mean(const at::Tensor& logits, std::span<const std::int32_t> labels,
                           double smoothing);

// Rows of length 1; a row of zeros stays one.
at::Tensor unit_rows(const at::Tensor& x);

// Sum of 1 - cosine: two [n, size] -> scalar.
at::Tensor cosine_distance_sum(const at::Tensor& a, const at::Tensor& b);

// A tensor on the host that owns a copy of the numbers.
at::Tensor float_tensor(std::span<const float> values, std::int64_t rows, std::int64_t columns);

}  // namespace unimo::trainer
