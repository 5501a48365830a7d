// LibTorch's variable-length FlashAttention: the one place whose operators change between
// LibTorch's versions.
//
// bf16 or fp16, head sizes that are multiples of 8. Its dropout is a function of `seed` and the
// place alone, but another one than the processor's. The backward pass takes its deterministic form
// where LibTorch is told to be deterministic.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <tuple>

namespace unimo::trainer {

struct FlashInput {
  at::Tensor queries, keys, values;     // [queries or keys, heads, head size]
  at::Tensor query_begins, key_begins;  // int32 [sequences + 1]
  std::int64_t longest_query = 0;
  std::int64_t longest_key = 0;
  double dropout = 0;
  bool causal = false;  // aligned at the lower right corner
  std::uint64_t seed = 0;
};

struct FlashState {
  at::Tensor out;  // [queries, heads, head size]
  at::Tensor lse, random_state, unused;
};

FlashState flash_forward(const FlashInput& input);

// The gradients of queries, keys and values.
std::tuple<at::Tensor, at::Tensor, at::Tensor> flash_backward(const at::Tensor& dout,
                                                              const FlashInput& input,
                                                              const FlashState& state);

}  // namespace unimo::trainer
