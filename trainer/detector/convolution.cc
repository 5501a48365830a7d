#include "trainer/detector/convolution.h"

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/add.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/relu.h>
#include <c10/core/GradMode.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace unimo::trainer {

namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Sizes = at::IntArrayRef;

// oneDNN's convolution with an operation on what it writes, as LibTorch registers it for its
// compiler (aten/src/ATen/native/mkldnn/Conv.cpp).
using Pointwise = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                             Sizes, Sizes, Sizes, std::int64_t, std::string_view, Scalars,
                             std::optional<std::string_view>);
using PointwiseSum = at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&,
                                 const std::optional<at::Tensor>&, Sizes, Sizes, Sizes,
                                 std::int64_t, std::string_view, std::optional<at::Scalar>,
                                 std::optional<std::string_view>, Scalars,
                                 std::optional<std::string_view>);

const auto& pointwise() {
  static const auto operation = c10::Dispatcher::singleton()
                                    .findSchemaOrThrow("mkldnn::_convolution_pointwise", "")
                                    .typed<Pointwise>();
  return operation;
}

const auto& pointwise_sum() {
  static const auto operation = c10::Dispatcher::singleton()
                                    .findSchemaOrThrow("mkldnn::_convolution_pointwise_", "binary")
                                    .typed<PointwiseSum>();
  return operation;
}

struct Geometry {
  std::array<std::int64_t, 2> stride, padding, dilation;
  explicit Geometry(const ConvolutionPlan& plan)
      : stride{plan.stride, plan.stride},
        padding{plan.padding, plan.padding},
        dilation{plan.dilation, plan.dilation} {}
};

at::Tensor per_channel(const at::Tensor& values) { return values.view({-1, 1, 1, 1}); }

// Of a head, whose weight is [out, in], one cell. Made when it is used: a view of a leaf that was
// made before the leaf wanted gradients would lead none to it.
at::Tensor as_kernel(const at::Tensor& weight) {
  return weight.dim() == 4 ? weight : weight.view({weight.size(0), weight.size(1), 1, 1});
}

}  // namespace

Convolution::Convolution(at::Tensor weight, at::Tensor scale, at::Tensor shift,
                         const ConvolutionPlan& plan)
    : weight_(std::move(weight)), scale_(std::move(scale)), shift_(std::move(shift)), plan_(plan) {}

void Convolution::fold(at::ScalarType type) {
  const c10::NoGradGuard no_gradients;
  const at::Tensor kernel = as_kernel(weight_);
  const at::Tensor scaled = scale_.defined() ? at::mul(kernel, per_channel(scale_)) : kernel;
  folded_ = scaled.detach().to(type).contiguous(at::MemoryFormat::ChannelsLast);
  folded_shift_ = shift_.detach().to(type);
}

bool Convolution::is_recorded(const at::Tensor& x) const {
  if (!folded_.defined()) return true;
  return c10::GradMode::is_enabled() &&
         (x.requires_grad() || weight_.requires_grad() || shift_.requires_grad());
}

at::Tensor Convolution::recorded(const at::Tensor& x) const {
  const Geometry g(plan_);
  const at::Tensor kernel = as_kernel(weight_);
  const at::Tensor weight = scale_.defined() ? at::mul(kernel, per_channel(scale_)) : kernel;
  return at::conv2d(x, weight, shift_, g.stride, g.padding, g.dilation);
}

at::Tensor Convolution::rectified(const at::Tensor& x) const {
  if (is_recorded(x)) return at::relu(recorded(x));
  const Geometry g(plan_);
  return pointwise().call(x, folded_, folded_shift_, g.padding, g.stride, g.dilation, 1, "relu",
                          Scalars(), std::nullopt);
}

at::Tensor Convolution::plain(const at::Tensor& x) const {
  if (is_recorded(x)) return recorded(x);
  const Geometry g(plan_);
  return pointwise().call(x, folded_, folded_shift_, g.padding, g.stride, g.dilation, 1, "none",
                          Scalars(), std::nullopt);
}

at::Tensor Convolution::rectified_sum(const at::Tensor& x, const at::Tensor& sum) const {
  if (is_recorded(x)) return at::relu(at::add(recorded(x), sum));
  const Geometry g(plan_);
  at::Tensor into = sum;
  pointwise_sum().call(into, x, folded_, folded_shift_, g.padding, g.stride, g.dilation, 1, "add",
                       at::Scalar(1.0), "relu", Scalars(), std::nullopt);
  return into;
}

}  // namespace unimo::trainer
