#include "trainer/cuda/heads.h"

#include <ATen/ops/empty_like.h>

#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/cuda/element_kernels.h"
#include "trainer/cuda/row_kernels.h"
#include "trainer/model/call.h"

namespace unimo::trainer {

namespace {

template <class T>
class DeviceLinearCall : public Call {
 public:
  DeviceLinearCall(const DeviceLinear& map, const DeviceStore<T>& store, DeviceGemm& gemm)
      : map_(map), store_(store), gemm_(gemm), version_(store.version()) {
    use = store_.use(map.ranges());
  }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    const at::Tensor x = inputs[0].to(scalar_type<T>());
    at::Tensor y = device_empty<float>({x.size(0), map_.out});
    const float* bias = map_.bias < 0 ? nullptr : store_.value(map_.bias);
    gemm_.forward<T, float>(sizes(x.size(0)), pointer<T>(x), store_.low(map_.weight), bias,
                            pointer<float>(y));
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    UNIMO_CHECK(version_ == store_.version(),
                "the weights changed between forward and backward pass");
    const std::int64_t rows = inputs[0].size(0);
    const at::Tensor low = dy.to(scalar_type<T>());
    at::Tensor dx = at::empty_like(inputs[0]);
    gemm_.input_gradient<T, float>(sizes(rows), pointer<T>(low), store_.low(map_.weight), nullptr,
                                   pointer<float>(dx));
    if (needed[1]) add_gradients(dy, low, inputs[0].to(scalar_type<T>()));
    return {dx, at::Tensor()};
  }

 private:
  LinearSizes sizes(std::int64_t rows) const {
    return {.rows = rows, .in = map_.in, .out = map_.out, .out_ld = map_.out};
  }

  void add_gradients(const at::Tensor& dy, const at::Tensor& low_dy, const at::Tensor& x) const {
    const std::int64_t rows = x.size(0);
    gemm_.weight_gradient<T>(sizes(rows), pointer<T>(low_dy), pointer<T>(x),
                             store_.gradient(map_.weight));
    if (map_.bias < 0) return;
    const at::Tensor partials = device_empty<float>({partial_blocks(rows), map_.out});
    device_add_column_sums(pointer<float>(dy), map_.out, rows, map_.out, pointer<float>(partials),
                           store_.gradient(map_.bias), current_stream());
  }

  const DeviceLinear& map_;
  DeviceStore<T> store_;
  DeviceGemm& gemm_;
  std::uint64_t version_;
};

class DeviceGeluNormCall : public Call {
 public:
  DeviceGeluNormCall(const DeviceNorm& norm, const DeviceStore<float>& store)
      : norm_(norm), store_(store) {
    use = store_.use(norm.ranges());
  }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    const at::Tensor& x = inputs[0];
    const at::Tensor activation = at::empty_like(x);
    device_gelu(pointer<float>(x), pointer<float>(activation), x.numel(), current_stream());
    at::Tensor y = at::empty_like(x);
    hat_ = at::empty_like(x);
    rstd_ = device_empty<float>({x.size(0)});
    device_residual_norm<float>({.x = pointer<float>(activation),
                                 .gamma = store_.value(norm_.scale),
                                 .beta = store_.value(norm_.offset),
                                 .y = pointer<float>(y),
                                 .hat = pointer<float>(hat_),
                                 .rstd = pointer<float>(rstd_),
                                 .rows = x.size(0),
                                 .columns = x.size(1)},
                                current_stream());
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    const at::Tensor& x = inputs[0];
    const std::int64_t rows = x.size(0), columns = x.size(1), blocks = partial_blocks(rows);
    const at::Tensor partials = device_empty<float>({blocks, 3, columns});
    const at::Tensor ds = at::empty_like(x);
    at::Tensor dx = at::empty_like(x);
    auto* sums = pointer<float>(partials);
    device_residual_norm_backward<float>({.dy = pointer<float>(dy),
                                          .hat = pointer<float>(hat_),
                                          .rstd = pointer<float>(rstd_),
                                          .gamma = store_.value(norm_.scale),
                                          .beta = store_.value(norm_.offset),
                                          .ds = pointer<float>(ds),
                                          .dx = pointer<float>(dx),
                                          .partials = sums,
                                          .rows = rows,
                                          .columns = columns},
                                         current_stream());
    device_gelu_backward<float>({.da = pointer<float>(ds),
                                 .pre = pointer<float>(x),
                                 .du = pointer<float>(dx),
                                 .rows = rows,
                                 .columns = columns},
                                current_stream());
    if (needed[1]) {
      device_add_partials(sums, 3 * columns, blocks, columns, store_.gradient(norm_.scale),
                          current_stream());
      device_add_partials(sums + columns, 3 * columns, blocks, columns,
                          store_.gradient(norm_.offset), current_stream());
    }
    return {dx, at::Tensor()};
  }

 private:
  DeviceNorm norm_;
  DeviceStore<float> store_;
  at::Tensor hat_, rstd_;
};

}  // namespace

template <class T>
at::Tensor device_linear(const at::Tensor& x, const DeviceLinear& map, const DeviceStore<T>& store,
                         DeviceGemm& gemm) {
  UNIMO_CHECK(x.dim() == 2 && x.size(1) == map.in, "a linear map of {} values got {}", map.in,
              x.size(-1));
  return run_call({x, *map.anchor}, c10::make_intrusive<DeviceLinearCall<T>>(map, store, gemm));
}

at::Tensor device_gelu_norm(const at::Tensor& x, const DeviceNorm& norm,
                            const DeviceStore<float>& store) {
  return run_call({x, *norm.anchor}, c10::make_intrusive<DeviceGeluNormCall>(norm, store));
}

template at::Tensor device_linear(const at::Tensor&, const DeviceLinear&, const DeviceStore<float>&,
                                  DeviceGemm&);
template at::Tensor device_linear(const at::Tensor&, const DeviceLinear&, const DeviceStore<Bf16>&,
                                  DeviceGemm&);
template at::Tensor device_linear(const at::Tensor&, const DeviceLinear&, const DeviceStore<Fp16>&,
                                  DeviceGemm&);

}  // namespace unimo::trainer
