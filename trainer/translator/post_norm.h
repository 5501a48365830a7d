// The end of a post-norm sub-layer in autograd: dropout, residual and norm in one pass.
#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/model/layer.h"

namespace unimo::trainer {

// norm(dropout(x) + residual) * scale + offset, with epsilon 1e-5: two [rows, hidden] -> one.
at::Tensor residual_norm(const at::Tensor& x, const at::Tensor& residual, const NormWeights& norm,
                         const DropoutKey& key);

}  // namespace unimo::trainer
