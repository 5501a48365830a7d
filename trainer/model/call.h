// Own operations in autograd: a Call is one run of an operation, with what it keeps for its
// backward pass.
//
// Weights enter by their leaf, which stands for all parameters of the operation: when autograd
// wants its gradient, the operation adds to the flat gradient buffer itself and gives none back, so
// that no gradient is copied twice.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstddef>
#include <vector>

#include "trainer/model/gradient_ledger.h"

namespace unimo::trainer {

class Call : public torch::CustomClassHolder {
 public:
  // The parameters whose gradients the backward pass adds to, and the number of the input that is
  // their leaf; set by the constructor.
  GradientUse use;
  std::size_t anchor = 1;

  // The inputs are contiguous.
  virtual at::Tensor forward(const std::vector<at::Tensor>& inputs) = 0;
  // One gradient per input, undefined where none is needed or it was added to a store.
  virtual std::vector<at::Tensor> backward(const at::Tensor& dy,
                                           const std::vector<at::Tensor>& inputs,
                                           const std::vector<bool>& needed) = 0;
};

// Runs it and, where gradients are recorded, remembers it. Every input is defined.
at::Tensor run_call(const std::vector<at::Tensor>& inputs, c10::intrusive_ptr<Call> call);

}  // namespace unimo::trainer
