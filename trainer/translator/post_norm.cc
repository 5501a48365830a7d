#include "trainer/translator/post_norm.h"

#include <ATen/ops/empty_like.h>

#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/model/call.h"
#include "trainer/model/row_blocks.h"

namespace unimo::trainer {

namespace {

// Inputs: x, the norm's leaf, the residual.
class ResidualNormCall : public Call {
 public:
  ResidualNormCall(const NormWeights& norm, const DropoutKey& key) : norm_(norm), key_(key) {
    use = norm.store->gradient_use(norm.ranges());
  }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    const std::int64_t rows = inputs[0].size(0), columns = inputs[0].size(1);
    at::Tensor y = at::empty_like(inputs[0]);
    hat_.reserve(rows * columns);
    rstd_.reserve(rows);
    for_row_blocks<float>(rows, [&] {
      return [&](const RowBlock& b) {
        const std::int64_t at = b.begin * columns;
        typed_kernels<float>().residual_norm(
            inputs[0].const_data_ptr<float>() + at, nullptr, inputs[2].const_data_ptr<float>() + at,
            key_, b.begin, norm_.scale(), norm_.bias(), y.data_ptr<float>() + at, hat_.data() + at,
            rstd_.data() + b.begin, nullptr, b.count, columns);
      };
    });
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    const std::int64_t rows = inputs[0].size(0), columns = inputs[0].size(1);
    at::Tensor dx = at::empty_like(inputs[0]);
    at::Tensor dresidual = at::empty_like(inputs[0]);
    Buffer<float> partials(row_blocks(rows) * 2 * columns);
    for_row_blocks<float>(rows, [&] {
      return [&, sums = Buffer<float>(columns)](const RowBlock& b) mutable {
        const std::int64_t at = b.begin * columns;
        float* block = partials.data() + b.index * 2 * columns;
        float* ds = dresidual.data_ptr<float>() + at;
        typed_kernels<float>().norm_backward(dy.const_data_ptr<float>() + at, hat_.data() + at,
                                             rstd_.data() + b.begin, norm_.scale(), norm_.bias(),
                                             ds, block, block + columns, nullptr, b.count, columns);
        typed_kernels<float>().dropout_backward(ds, key_, b.begin, dx.data_ptr<float>() + at,
                                                sums.data(), b.count, columns);
      };
    });
    if (needed[1]) {
      add_partials(partials.data(), 2 * columns, row_blocks(rows), columns, norm_.scale_gradient());
      add_partials(partials.data() + columns, 2 * columns, row_blocks(rows), columns,
                   norm_.bias_gradient());
    }
    return {dx, at::Tensor(), dresidual};
  }

 private:
  NormWeights norm_;
  DropoutKey key_;
  Buffer<float> hat_, rstd_;
};

}  // namespace

at::Tensor residual_norm(const at::Tensor& x, const at::Tensor& residual, const NormWeights& norm,
                         const DropoutKey& key) {
  UNIMO_CHECK(x.dim() == 2 && x.sizes() == residual.sizes(), "{} rows beside {}", x.size(0),
              residual.size(0));
  return run_call({x, *norm.anchor, residual}, c10::make_intrusive<ResidualNormCall>(norm, key));
}

}  // namespace unimo::trainer
