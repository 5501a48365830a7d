#include "trainer/model/heads.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/model/call.h"
#include "trainer/model/row_blocks.h"

namespace unimo::trainer {

std::vector<ParameterSpec> head_parameters(const ModelConfig& c) {
  std::vector<ParameterSpec> specs;
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in,
                          bool required) {
    specs.push_back({.name = name + ".w_0", .shape = {out, in}, .required = required});
    specs.push_back({.name = name + ".b_0",
                     .shape = {out},
                     .init = Init::kZero,
                     .decay = false,
                     .required = required});
  };
  linear("mask_lm_trans_fc", c.hidden, c.hidden, true);
  specs.push_back({.name = "mask_lm_trans_layer_norm_scale",
                   .shape = {c.hidden},
                   .init = Init::kOne,
                   .decay = false});
  specs.push_back({.name = "mask_lm_trans_layer_norm_bias",
                   .shape = {c.hidden},
                   .init = Init::kZero,
                   .decay = false});
  specs.push_back(
      {.name = "mask_lm_out_fc.b_0", .shape = {c.vocabulary}, .init = Init::kZero, .decay = false});
  linear("pooled_fc_text", c.pooled, c.hidden, false);
  linear("pooled_fc_image", c.pooled, c.hidden, false);
  linear("match_fc", 1, c.pooled, false);
  linear("region_feature_fc", c.feature_size, c.hidden, false);
  linear("region_class_fc", c.class_size, c.hidden, false);
  return specs;
}

namespace {

template <class T>
class LinearCall : public Call {
 public:
  explicit LinearCall(Projection<T>& p) : p_(p) { use = p.store().gradient_use(p.ranges()); }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    p_.refresh();
    const std::int64_t rows = inputs[0].size(0);
    at::Tensor y = at::empty({rows, p_.out()}, at::kFloat);
    for_row_blocks<T>(rows, [&] {
      return [&, space = Buffer<T>(),
              product = Buffer<float>(product_size(p_.forward()))](const RowBlock& b) mutable {
        const T* x = block_as(inputs[0].const_data_ptr<float>(), b, p_.in(), space);
        multiply_block(x, p_.forward().depth, p_.forward(), product.data(), b.count);
        for (std::int64_t i = 0; i < b.count && p_.bias() != nullptr; ++i) {
          kernels().add(p_.bias(), product.data() + i * p_.out(), p_.out());
        }
        std::copy(product.data(), product.data() + b.count * p_.out(),
                  y.data_ptr<float>() + b.begin * p_.out());
      };
    });
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    const std::int64_t rows = inputs[0].size(0);
    const float* d = dy.const_data_ptr<float>();
    at::Tensor dx = at::empty_like(inputs[0]);
    for_row_blocks<T>(rows, [&] {
      return [&, space = Buffer<T>(),
              product = Buffer<float>(product_size(p_.backward()))](const RowBlock& b) mutable {
        multiply_block(block_as(d, b, p_.out(), space), p_.backward().depth, p_.backward(),
                       product.data(), b.count);
        std::copy(product.data(), product.data() + b.count * p_.in(),
                  dx.data_ptr<float>() + b.begin * p_.in());
      };
    });
    if (needed[1]) add_gradients(d, inputs[0].const_data_ptr<float>(), rows);
    return {dx, at::Tensor()};
  }

 private:
  void add_gradients(const float* d, const float* x, std::int64_t rows) const {
    if constexpr (std::is_same_v<T, float>) {
      add_weight_gradient(d, p_.out(), x, p_.in(), rows, p_.out(), p_.in(), p_.weight_gradient());
    } else {
      Buffer<T> low_d(rows * p_.out());
      Buffer<T> low_x(rows * p_.in());
      typed_kernels<T>().from_float(d, low_d.data(), rows * p_.out());
      typed_kernels<T>().from_float(x, low_x.data(), rows * p_.in());
      add_weight_gradient(low_d.data(), p_.out(), low_x.data(), p_.in(), rows, p_.out(), p_.in(),
                          p_.weight_gradient());
    }
    for (std::int64_t i = 0; i < rows && p_.bias() != nullptr; ++i) {
      kernels().add(d + i * p_.out(), p_.bias_gradient(), p_.out());
    }
  }

  Projection<T>& p_;
};

enum class Side { kRows, kTransposed };

// A matrix as the right side of products; `side` says whether it is x or x^T.
Packed<float> packed(const at::Tensor& x, Side side) {
  const bool turned = side == Side::kTransposed;
  const std::int64_t ld = x.size(1);
  Packed<float> p;
  const std::int64_t depth = x.size(turned ? 1 : 0);
  p.depth = round_up(depth, 2);
  p.columns = x.size(turned ? 0 : 1);
  p.values.reserve(p.panels() * p.panel_size());
  const auto pack = turned ? typed_kernels<float>().pack_float_transposed
                           : typed_kernels<float>().pack_float_rows;
  for (std::int64_t i = 0; i < p.panels(); ++i) {
    pack(x.const_data_ptr<float>() + i * kPanel * (turned ? ld : 1), ld, depth,
         std::min(kPanel, p.columns - i * kPanel), p.values.data() + i * p.panel_size());
  }
  return p;
}

// x B for rows [n, depth] and B packed.
at::Tensor rows_times(const at::Tensor& x, const Packed<float>& b) {
  const std::int64_t rows = x.size(0);
  at::Tensor y = at::empty({rows, b.columns}, at::kFloat);
  for_row_blocks<float>(rows, [&] {
    return [&, space = Buffer<float>(),
            product = Buffer<float>(product_size(b))](const RowBlock& block) mutable {
      multiply_block(block_as(x.const_data_ptr<float>(), block, x.size(1), space), b.depth, b,
                     product.data(), block.count);
      std::copy_n(product.data(), block.count * b.columns,
                  y.data_ptr<float>() + block.begin * b.columns);
    };
  });
  return y;
}

class ProductCall : public Call {
 public:
  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    return rows_times(inputs[0], packed(inputs[1], Side::kTransposed));
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    std::vector<at::Tensor> gradients(2);
    if (needed[0]) gradients[0] = rows_times(dy, packed(inputs[1], Side::kRows));
    if (needed[1]) {
      gradients[1] = at::zeros_like(inputs[1]);
      add_weight_gradient(dy.const_data_ptr<float>(), dy.size(1), inputs[0].const_data_ptr<float>(),
                          inputs[0].size(1), dy.size(0), dy.size(1), inputs[0].size(1),
                          gradients[1].data_ptr<float>());
    }
    return gradients;
  }
};

class GeluNormCall : public Call {
 public:
  explicit GeluNormCall(const NormWeights& norm) : norm_(norm) {
    use = norm.store->gradient_use(norm.ranges());
  }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    const std::int64_t rows = inputs[0].size(0);
    const std::int64_t columns = inputs[0].size(1);
    at::Tensor y = at::empty_like(inputs[0]);
    hat_.reserve(rows * columns);
    rstd_.reserve(rows);
    for_row_blocks<float>(rows, [&] {
      return [&, u = Buffer<float>(kRowBlock * columns), act = Buffer<float>(kRowBlock * columns),
              zeros = std::vector<float>(static_cast<std::size_t>(columns))](
                 const RowBlock& b) mutable {
        const std::int64_t at = b.begin * columns;
        std::copy_n(inputs[0].const_data_ptr<float>() + at, b.count * columns, u.data());
        typed_kernels<float>().bias_gelu(u.data(), zeros.data(), u.data(), act.data(), b.count,
                                         columns);
        typed_kernels<float>().residual_norm(act.data(), nullptr, nullptr, DropoutKey{}, 0,
                                             norm_.scale(), norm_.bias(), y.data_ptr<float>() + at,
                                             hat_.data() + at, rstd_.data() + b.begin, nullptr,
                                             b.count, columns);
      };
    });
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    const std::int64_t rows = inputs[0].size(0);
    const std::int64_t columns = inputs[0].size(1);
    at::Tensor dx = at::empty_like(inputs[0]);
    Buffer<float> partials(row_blocks(rows) * 2 * columns);
    for_row_blocks<float>(rows, [&] {
      return [&, da = Buffer<float>(kRowBlock * columns), act = Buffer<float>(kRowBlock * columns),
              sums = Buffer<float>(columns)](const RowBlock& b) mutable {
        const std::int64_t at = b.begin * columns;
        float* block = partials.data() + b.index * 2 * columns;
        typed_kernels<float>().norm_backward(dy.const_data_ptr<float>() + at, hat_.data() + at,
                                             rstd_.data() + b.begin, norm_.scale(), norm_.bias(),
                                             da.data(), block, block + columns, nullptr, b.count,
                                             columns);
        typed_kernels<float>().gelu_backward(da.data(), inputs[0].const_data_ptr<float>() + at,
                                             dx.data_ptr<float>() + at, act.data(), sums.data(),
                                             b.count, columns);
      };
    });
    if (needed[1]) {
      add_partials(partials.data(), 2 * columns, row_blocks(rows), columns, norm_.scale_gradient());
      add_partials(partials.data() + columns, 2 * columns, row_blocks(rows), columns,
                   norm_.bias_gradient());
    }
    return {dx, at::Tensor()};
  }

 private:
  NormWeights norm_;
  Buffer<float> hat_, rstd_;
};

}  // namespace

template <class T>
at::Tensor linear(const at::Tensor& x, Projection<T>& projection) {
  UNIMO_CHECK(x.dim() == 2 && x.size(1) == projection.in(), "a linear map of {} values got {}",
              projection.in(), x.size(-1));
  return run_call({x, projection.anchor()}, c10::make_intrusive<LinearCall<T>>(projection));
}

at::Tensor product_transposed(const at::Tensor& a, const at::Tensor& b) {
  UNIMO_CHECK(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(1),
              "a product of rows of {} and {} values", a.size(-1), b.size(-1));
  if (a.is_cuda()) return at::matmul(a, b.transpose(0, 1));
  return run_call({a, b}, c10::make_intrusive<ProductCall>());
}

at::Tensor gelu_norm(const at::Tensor& x, const NormWeights& norm) {
  return run_call({x, *norm.anchor}, c10::make_intrusive<GeluNormCall>(norm));
}

template at::Tensor linear(const at::Tensor&, Projection<float>&);
template at::Tensor linear(const at::Tensor&, Projection<Bf16>&);
template at::Tensor linear(const at::Tensor&, Projection<Fp16>&);

}  // namespace unimo::trainer
