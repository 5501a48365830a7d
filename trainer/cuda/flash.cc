#include "trainer/cuda/flash.h"

#include <ATen/Context.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/_flash_attention_backward.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <torch/headeronly/version.h>

#include <mutex>

#if TORCH_VERSION_MAJOR != 2 || TORCH_VERSION_MINOR < 7
#error "the operators of FlashAttention were read for LibTorch 2.7 to 2.11"
#endif

namespace unimo::trainer {

FlashState flash_forward(const FlashInput& input) {
  if (input.dropout > 0) {
    // The operator draws from the device's generator: give it this call's own sequence.
    at::Generator generator = at::globalContext().defaultGenerator(input.queries.device());
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(input.seed);
  }
  auto [out, lse, random_state, unused, debug_mask] = at::_flash_attention_forward(
      input.queries, input.keys, input.values, input.query_begins, input.key_begins,
      input.longest_query, input.longest_key, input.dropout, input.causal,
      /*return_debug_mask=*/false);
  return {.out = out.contiguous(), .lse = lse, .random_state = random_state, .unused = unused};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> flash_backward(const at::Tensor& dout,
                                                              const FlashInput& input,
                                                              const FlashState& state) {
  return at::_flash_attention_backward(dout, input.queries, input.keys, input.values, state.out,
                                       state.lse, input.query_begins, input.key_begins,
                                       input.longest_query, input.longest_key, input.dropout,
                                       input.causal, state.random_state, state.unused);
}

}  // namespace unimo::trainer
