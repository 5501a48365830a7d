// What stands on top of the encoder: linear maps, and the language-model head with its loss.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "trainer/config/model.h"
#include "trainer/model/gemm.h"
#include "trainer/model/layer.h"

namespace unimo::trainer {

// The specs of all heads of pre-training, in the order of the store.
std::vector<ParameterSpec> head_parameters(const ModelConfig& config);

// x W^T + b: [n, in] -> [n, out]. The projection must outlive the backward pass.
template <class T>
at::Tensor linear(const at::Tensor& x, Projection<T>& projection);

// a b^T: [n, k], [m, k] -> [n, m], in fp32, every value summed in one order whatever the threads.
at::Tensor product_transposed(const at::Tensor& a, const at::Tensor& b);

// norm(gelu(x)): [n, hidden], the second half of the language-model transform.
at::Tensor gelu_norm(const at::Tensor& x, const NormWeights& norm);

// Sum over the rows of the cross-entropy of rows W^T + b against the targets, with label smoothing;
// a scalar. Logits are made piece by piece, in both passes.
template <class T>
at::Tensor cross_entropy_sum(const at::Tensor& rows, Projection<T>& table,
                             std::span<const std::int32_t> targets, double smoothing);

}  // namespace unimo::trainer
