#include "trainer/translator/activation.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/relu.h>

#include <algorithm>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/decode/decode_kernels.h"
#include "trainer/model/call.h"
#include "trainer/model/row_blocks.h"

namespace unimo::trainer {

namespace {

// Input: x alone, which the backward pass reads again.
class SwishCall : public Call {
 public:
  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    const std::int64_t columns = inputs[0].size(1);
    const std::vector<float> zeros(static_cast<std::size_t>(columns));
    at::Tensor y = at::empty_like(inputs[0]);
    for_row_blocks<float>(inputs[0].size(0), [&] {
      return [&](const RowBlock& b) {
        for (std::int64_t r = b.begin; r < b.begin + b.count; ++r) {
          decode_kernels().bias_swish(inputs[0].const_data_ptr<float>() + r * columns, zeros.data(),
                                      y.data_ptr<float>() + r * columns, columns);
        }
      };
    });
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>&) override {
    const std::int64_t columns = inputs[0].size(1);
    at::Tensor dx = at::empty_like(inputs[0]);
    for_row_blocks<float>(inputs[0].size(0), [&] {
      return [&](const RowBlock& b) {
        const std::int64_t at = b.begin * columns;
        decode_kernels().swish_backward(dy.const_data_ptr<float>() + at,
                                        inputs[0].const_data_ptr<float>() + at,
                                        dx.data_ptr<float>() + at, b.count * columns);
      };
    });
    return {dx};
  }
};

class GeluCall : public Call {
 public:
  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    const std::int64_t columns = inputs[0].size(1);
    const std::vector<float> zeros(static_cast<std::size_t>(columns));
    at::Tensor y = at::empty_like(inputs[0]);
    for_row_blocks<float>(inputs[0].size(0), [&] {
      return [&, u = Buffer<float>(kRowBlock * columns)](const RowBlock& b) mutable {
        const std::int64_t at = b.begin * columns;
        std::copy_n(inputs[0].const_data_ptr<float>() + at, b.count * columns, u.data());
        typed_kernels<float>().bias_gelu(u.data(), zeros.data(), u.data(), y.data_ptr<float>() + at,
                                         b.count, columns);
      };
    });
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>&) override {
    const std::int64_t columns = inputs[0].size(1);
    at::Tensor dx = at::empty_like(inputs[0]);
    for_row_blocks<float>(inputs[0].size(0), [&] {
      return [&, act = Buffer<float>(kRowBlock * columns),
              sums = Buffer<float>(columns)](const RowBlock& b) mutable {
        const std::int64_t at = b.begin * columns;
        typed_kernels<float>().gelu_backward(
            dy.const_data_ptr<float>() + at, inputs[0].const_data_ptr<float>() + at,
            dx.data_ptr<float>() + at, act.data(), sums.data(), b.count, columns);
      };
    });
    return {dx};
  }
};

}  // namespace

at::Tensor activate(const at::Tensor& x, Activation activation) {
  UNIMO_CHECK(x.dim() == 2 && x.size(1) % 16 == 0, "an activation of rows of {} values",
              x.size(-1));
  switch (activation) {
    case Activation::kRelu: return at::relu(x);
    case Activation::kGelu: return run_call({x}, c10::make_intrusive<GeluCall>());
    case Activation::kSwish: break;
  }
  return run_call({x}, c10::make_intrusive<SwishCall>());
}

}  // namespace unimo::trainer
