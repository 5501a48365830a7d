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

// Rows of length 1; a row of zeros stays one.
at::Tensor unit_rows(const at::Tensor& x);

// Sum of 1 - cosine: two [n, size] -> scalar.
at::Tensor cosine_distance_sum(const at::Tensor& a, const at::Tensor& b);

// A tensor on the host that owns a copy of the numbers.
at::Tensor float_tensor(std::span<const float> values, std::int64_t rows, std::int64_t columns);

}  // namespace unimo::trainer
