// A convolution of the detector with what follows it: a fixed norm or a bias, a sum, a ReLU.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace unimo::trainer {

struct ConvolutionPlan {
  std::int64_t stride = 1, padding = 0, dilation = 1;
};

// Two ways to the same result. Where gradients are recorded: separate operations of ATen, on the
// weight as stored times the norm's factor, so that the gradient is that of the stored weight, as
// in the published training (the norm is fixed). Else: one call of oneDNN that adds and rectifies
// while it writes, on a weight that the norm has been multiplied into once.
//
// Calls may overlap while no gradients are recorded. Tensors are channels last in memory.
class Convolution {
 public:
  Convolution() = default;
  // `weight` [out, in, side, side] or [out, in], `scale` and `shift` [out]: y = scale · (weight ∗
  // x) + shift. An undefined `scale` is 1; a `shift` that is to be learned is a bias.
  Convolution(at::Tensor weight, at::Tensor scale, at::Tensor shift, const ConvolutionPlan& plan);

  // x [n, in, h, w] to [n, out, h', w'], rectified.
  at::Tensor rectified(const at::Tensor& x) const;
  at::Tensor plain(const at::Tensor& x) const;
  // ReLU(y + sum); `sum` may be written over.
  at::Tensor rectified_sum(const at::Tensor& x, const at::Tensor& sum) const;

  // Makes the weight of the second way anew from the stored one, in the type that it shall compute
  // in.
  void fold(at::ScalarType type);

  const at::Tensor& weight() const { return weight_; }  // a leaf
  const at::Tensor& shift() const { return shift_; }

 private:
  bool is_recorded(const at::Tensor& x) const;
  at::Tensor recorded(const at::Tensor& x) const;

  at::Tensor weight_, scale_, shift_;
  at::Tensor folded_, folded_shift_;
  ConvolutionPlan plan_;
};

}  // namespace unimo::trainer
