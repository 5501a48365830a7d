// What stands between the two maps of a translator's feed-forward part, in autograd. By our own
// vectorised loops: LibTorch's give other last bits where threads divide the rows elsewhere.
#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/config/translator.h"

namespace unimo::trainer {

// Swish is u / (1 + exp(-u)), GELU the exact one.
enum class Activation { kSwish, kRelu, kGelu };

inline Activation activation_of(const TranslatorConfig& config) {
  if (config.activation == "relu") return Activation::kRelu;
  return config.activation == "gelu" ? Activation::kGelu : Activation::kSwish;
}

// Of every value of x [rows, columns]; columns is a multiple of 16.
at::Tensor activate(const at::Tensor& x, Activation activation);

}  // namespace unimo::trainer
