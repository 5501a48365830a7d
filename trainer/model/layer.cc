#include "trainer/model/layer.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/model/call.h"
#include "trainer/model/row_blocks.h"

namespace unimo::trainer {

NormWeights::NormWeights(ParameterStore& s, const std::string& name)
    : store(&s),
      anchor(&s.at(name + "_scale").value),
      scale_offset(s.at(name + "_scale").offset),
      bias_offset(s.at(name + "_bias").offset) {}

std::vector<ParameterSpec> layer_parameters(const std::string& prefix, std::int64_t hidden,
                                            std::int64_t ffn) {
  std::vector<ParameterSpec> specs;
  // Queries, keys and values lie side by side: one product gives all three.
  for (const char* part : {"query", "key", "value"}) {
    specs.push_back(
        {.name = prefix + "_multi_head_att_" + part + "_fc.w_0", .shape = {hidden, hidden}});
  }
  const auto bias = [&](const std::string& name, std::int64_t size) {
    specs.push_back({.name = prefix + name, .shape = {size}, .init = Init::kZero, .decay = false});
  };
  const auto norm = [&](const std::string& name) {
    specs.push_back(
        {.name = prefix + name + "_scale", .shape = {hidden}, .init = Init::kOne, .decay = false});
    bias(name + "_bias", hidden);
  };
  for (const char* part : {"query", "key", "value"})
    bias(std::string("_multi_head_att_") + part + "_fc.b_0", hidden);
  specs.push_back({.name = prefix + "_multi_head_att_output_fc.w_0", .shape = {hidden, hidden}});
  bias("_multi_head_att_output_fc.b_0", hidden);
  norm("_post_att_layer_norm");
  specs.push_back({.name = prefix + "_ffn_fc_0.w_0", .shape = {ffn, hidden}});
  bias("_ffn_fc_0.b_0", ffn);
  specs.push_back({.name = prefix + "_ffn_fc_1.w_0", .shape = {hidden, ffn}});
  bias("_ffn_fc_1.b_0", hidden);
  norm("_post_ffn_layer_norm");
  return specs;
}

template <class T>
LayerWeights<T>::LayerWeights(ParameterStore& store, const std::string& prefix)
    : qkv(store, {prefix + "_multi_head_att_query_fc", prefix + "_multi_head_att_key_fc",
                  prefix + "_multi_head_att_value_fc"}),
      output(store, {prefix + "_multi_head_att_output_fc"}),
      ffn0(store, {prefix + "_ffn_fc_0"}),
      ffn1(store, {prefix + "_ffn_fc_1"}),
      attention_norm(store, prefix + "_post_att_layer_norm"),
      ffn_norm(store, prefix + "_post_ffn_layer_norm") {}

template <class T>
void LayerWeights<T>::refresh() {
  qkv.refresh();
  output.refresh();
  ffn0.refresh();
  ffn1.refresh();
}

template <class T>
std::int64_t LayerActivations<T>::reserve(std::int64_t rows, std::int64_t hidden, std::int64_t ffn,
                                          std::int64_t heads) {
  const std::int64_t padded = padded_rows(rows);
  qkv.reserve(padded * 3 * hidden);
  attention.reserve(padded * hidden);
  attention_hat.reserve(padded * hidden);
  ffn_hat.reserve(padded * hidden);
  before_gelu.reserve(padded * ffn);
  lse.reserve(rows * heads);
  attention_rstd.reserve(rows);
  ffn_rstd.reserve(rows);
  return padded * (6 * hidden + ffn) * static_cast<std::int64_t>(sizeof(T)) +
         rows * (heads + 2) * static_cast<std::int64_t>(sizeof(float));
}

namespace {

// One run of a layer.
template <class T>
class LayerCall : public Call {
 public:
  LayerCall(LayerWeights<T>& w, std::shared_ptr<const AttentionPlan> p, const AttentionSizes& s,
            const LayerDropout& d, LayerWorkspace<T>& space, bool again)
      : weights(w),
        plan(std::move(p)),
        sizes(s),
        dropout(d),
        workspace(space),
        recompute(again),
        version(w.ffn_norm.store->version()) {
    use = w.ffn_norm.store->gradient_use({w.range()});
  }
  ~LayerCall() override { *kept_bytes -= own_bytes; }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override;
  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override;

 private:
  LayerWeights<T>& weights;
  std::shared_ptr<const AttentionPlan> plan;
  AttentionSizes sizes;
  LayerDropout dropout;
  LayerWorkspace<T>& workspace;
  bool recompute;
  std::uint64_t version;
  LayerActivations<T> own;
  std::int64_t own_bytes = 0;
  std::shared_ptr<std::int64_t> kept_bytes = workspace.kept_bytes;

  LayerActivations<T>& kept() { return recompute ? workspace.activations : own; }
  std::int64_t rows() const { return plan->rows; }
  std::int64_t hidden() const { return sizes.hidden(); }
  std::int64_t ffn() const { return weights.ffn0.out(); }
  void run(const float* x, float* y);
  void project(const float* x);
  void finish_rows(const float* x, float* y);
  void backward_rows(const float* dy);
  void backward_projection(const float* x, float* dx);
  void weight_gradients();
};

// Room for a product with any of the layer's matrices.
template <class T>
std::int64_t largest_product(const LayerWeights<T>& w) {
  std::int64_t size = 0;
  for (const Projection<T>* p : {&w.qkv, &w.output, &w.ffn0, &w.ffn1}) {
    size = std::max({size, product_size(p->forward()), product_size(p->backward())});
  }
  return size;
}

template <class T>
void LayerCall<T>::run(const float* x, float* y) {
  weights.refresh();
  const std::int64_t bytes = kept().reserve(rows(), hidden(), ffn(), sizes.heads);
  if (!recompute) {
    *kept_bytes += bytes - own_bytes;
    own_bytes = bytes;
  }
  project(x);
  attention_forward(*plan, sizes, dropout.attention, kept().qkv.data(), kept().attention.data(),
                    kept().lse.data());
  finish_rows(x, y);
}

template <class T>
at::Tensor LayerCall<T>::forward(const std::vector<at::Tensor>& inputs) {
  at::Tensor result = at::empty_like(inputs[0]);
  run(inputs[0].const_data_ptr<float>(), result.data_ptr<float>());
  return result;
}

template <class T>
void LayerCall<T>::project(const float* x) {
  for_row_blocks<T>(rows(), [&] {
    return [&, space = Buffer<T>(),
            product = Buffer<float>(largest_product(weights))](const RowBlock& block) mutable {
      multiply_block(block_as(x, block, hidden(), space), hidden(), weights.qkv.forward(),
                     product.data(), block.count);
      typed_kernels<T>().bias_store(product.data(), 3 * hidden(), weights.qkv.bias(),
                                    kept().qkv.data() + block.begin * 3 * hidden(), block.count,
                                    3 * hidden());
    };
  });
}

template <class T>
void LayerCall<T>::finish_rows(const float* x, float* y) {
  const TypedKernels<T>& k = typed_kernels<T>();
  for_row_blocks<T>(rows(), [&] {
    return [&, product = Buffer<float>(largest_product(weights)),
            middle = Buffer<float>(kRowBlock * hidden()), low = Buffer<T>(kRowBlock * hidden()),
            act = Buffer<T>(kRowBlock * ffn())](const RowBlock& b) mutable {
      const std::int64_t at = b.begin * hidden();
      multiply_block(kept().attention.data() + at, hidden(), weights.output.forward(),
                     product.data(), b.count);
      k.residual_norm(product.data(), weights.output.bias(), x + at, dropout.after_attention,
                      b.begin, weights.attention_norm.scale(), weights.attention_norm.bias(),
                      middle.data(), kept().attention_hat.data() + at,
                      kept().attention_rstd.data() + b.begin, low.data(), b.count, hidden());
      multiply_block(low.data(), hidden(), weights.ffn0.forward(), product.data(), b.count);
      k.bias_gelu(product.data(), weights.ffn0.bias(), kept().before_gelu.data() + b.begin * ffn(),
                  act.data(), b.count, ffn());
      multiply_block(act.data(), ffn(), weights.ffn1.forward(), product.data(), b.count);
      k.residual_norm(product.data(), weights.ffn1.bias(), middle.data(), dropout.after_ffn,
                      b.begin, weights.ffn_norm.scale(), weights.ffn_norm.bias(), y + at,
                      kept().ffn_hat.data() + at, kept().ffn_rstd.data() + b.begin, nullptr,
                      b.count, hidden());
    };
  });
}

// Where the column sums of one block stand: norms and biases, one after the other.
struct Partials {
  Partials(std::int64_t hidden, std::int64_t ffn) : h(hidden), f(ffn) {}
  std::int64_t size() const { return 9 * h + f; }
  std::int64_t ffn_scale() const { return 0; }
  std::int64_t ffn_offset() const { return h; }
  std::int64_t ffn1() const { return 2 * h; }
  std::int64_t attention_scale() const { return 3 * h; }
  std::int64_t attention_offset() const { return 4 * h; }
  std::int64_t output() const { return 5 * h; }
  std::int64_t qkv() const { return 6 * h; }
  std::int64_t ffn0() const { return 9 * h; }
  std::int64_t h, f;
};

template <class T>
void LayerCall<T>::backward_rows(const float* dy) {
  const TypedKernels<T>& k = typed_kernels<T>();
  const Partials place(hidden(), ffn());
  LayerWorkspace<T>& w = workspace;
  for_row_blocks<T>(rows(), [&] {
    return [&, product = Buffer<float>(largest_product(weights)),
            ds = Buffer<float>(kRowBlock * hidden())](const RowBlock& b) mutable {
      const std::int64_t at = b.begin * hidden();
      float* sums = w.partials.data() + b.index * place.size();
      k.norm_backward(dy + at, kept().ffn_hat.data() + at, kept().ffn_rstd.data() + b.begin,
                      weights.ffn_norm.scale(), weights.ffn_norm.bias(), ds.data(),
                      sums + place.ffn_scale(), sums + place.ffn_offset(), nullptr, b.count,
                      hidden());
      k.dropout_backward(ds.data(), dropout.after_ffn, b.begin, w.d_ffn1.data() + at,
                         sums + place.ffn1(), b.count, hidden());
      multiply_block(w.d_ffn1.data() + at, hidden(), weights.ffn1.backward(), product.data(),
                     b.count);
      k.gelu_backward(product.data(), kept().before_gelu.data() + b.begin * ffn(),
                      w.d_ffn0.data() + b.begin * ffn(), w.activation.data() + b.begin * ffn(),
                      sums + place.ffn0(), b.count, ffn());
      multiply_block(w.d_ffn0.data() + b.begin * ffn(), ffn(), weights.ffn0.backward(),
                     product.data(), b.count);
      kernels().add(ds.data(), product.data(), b.count * hidden());
      k.norm_backward(product.data(), kept().attention_hat.data() + at,
                      kept().attention_rstd.data() + b.begin, weights.attention_norm.scale(),
                      weights.attention_norm.bias(), w.d_residual.data() + at,
                      sums + place.attention_scale(), sums + place.attention_offset(),
                      w.middle.data() + at, b.count, hidden());
      k.dropout_backward(w.d_residual.data() + at, dropout.after_attention, b.begin,
                         w.d_output.data() + at, sums + place.output(), b.count, hidden());
      multiply_block(w.d_output.data() + at, hidden(), weights.output.backward(), product.data(),
                     b.count);
      k.from_float(product.data(), w.d_attention.data() + at, b.count * hidden());
    };
  });
}

template <class T>
void LayerCall<T>::backward_projection(const float* x, float* dx) {
  const Partials place(hidden(), ffn());
  LayerWorkspace<T>& w = workspace;
  for_row_blocks<T>(rows(), [&] {
    return [&, product = Buffer<float>(largest_product(weights))](const RowBlock& b) mutable {
      const std::int64_t at = b.begin * hidden();
      typed_kernels<T>().column_sums(w.d_qkv.data() + 3 * at,
                                     w.partials.data() + b.index * place.size() + place.qkv(),
                                     b.count, 3 * hidden());
      multiply_block(w.d_qkv.data() + 3 * at, 3 * hidden(), weights.qkv.backward(), product.data(),
                     b.count);
      kernels().add(w.d_residual.data() + at, product.data(), b.count * hidden());
      std::memcpy(dx + at, product.data(),
                  static_cast<std::size_t>(b.count * hidden()) * sizeof(float));
      typed_kernels<T>().from_float(x + at, w.input.data() + at, b.count * hidden());
    };
  });
}

template <class T>
void LayerCall<T>::weight_gradients() {
  const LayerWorkspace<T>& w = workspace;
  const std::int64_t h = hidden();
  add_weight_gradient(w.d_ffn1.data(), h, w.activation.data(), ffn(), rows(), h, ffn(),
                      weights.ffn1.weight_gradient());
  add_weight_gradient(w.d_ffn0.data(), ffn(), w.middle.data(), h, rows(), ffn(), h,
                      weights.ffn0.weight_gradient());
  add_weight_gradient(w.d_output.data(), h, kept().attention.data(), h, rows(), h, h,
                      weights.output.weight_gradient());
  add_weight_gradient(w.d_qkv.data(), 3 * h, w.input.data(), h, rows(), 3 * h, h,
                      weights.qkv.weight_gradient());
  const Partials place(h, ffn());
  const auto sum = [&](std::int64_t offset, std::int64_t columns, float* gradient) {
    add_partials(w.partials.data() + offset, place.size(), row_blocks(rows()), columns, gradient);
  };
  sum(place.ffn_scale(), h, weights.ffn_norm.scale_gradient());
  sum(place.ffn_offset(), h, weights.ffn_norm.bias_gradient());
  sum(place.ffn1(), h, weights.ffn1.bias_gradient());
  sum(place.attention_scale(), h, weights.attention_norm.scale_gradient());
  sum(place.attention_offset(), h, weights.attention_norm.bias_gradient());
  sum(place.output(), h, weights.output.bias_gradient());
  sum(place.qkv(), 3 * h, weights.qkv.bias_gradient());
  sum(place.ffn0(), ffn(), weights.ffn0.bias_gradient());
}

template <class T>
std::vector<at::Tensor> LayerCall<T>::backward(const at::Tensor& dy,
                                               const std::vector<at::Tensor>& inputs,
                                               const std::vector<bool>& needed) {
  UNIMO_CHECK(version == weights.ffn_norm.store->version(),
              "the weights changed between forward and backward pass");
  const std::int64_t padded = padded_rows(rows());
  LayerWorkspace<T>& w = workspace;
  for (Buffer<T>* b : {&w.d_ffn1, &w.middle, &w.d_output, &w.d_attention, &w.input})
    b->reserve(padded * hidden());
  for (Buffer<T>* b : {&w.d_ffn0, &w.activation}) b->reserve(padded * ffn());
  w.d_qkv.reserve(padded * 3 * hidden());
  w.d_residual.reserve(padded * hidden());
  w.partials.reserve(row_blocks(rows()) * Partials(hidden(), ffn()).size());
  if (recompute) {
    // The same kernels on the same input give the same bits.
    w.output.reserve(rows() * hidden());
    run(inputs[0].const_data_ptr<float>(), w.output.data());
  }
  backward_rows(dy.const_data_ptr<float>());
  attention_backward(*plan, sizes, dropout.attention, kept().qkv.data(), kept().attention.data(),
                     kept().lse.data(), w.d_attention.data(), w.d_qkv.data());
  at::Tensor dx = at::empty_like(inputs[0]);
  backward_projection(inputs[0].const_data_ptr<float>(), dx.data_ptr<float>());
  if (needed[1]) weight_gradients();
  return {dx, at::Tensor()};
}

}  // namespace

template <class T>
at::Tensor encoder_layer(const at::Tensor& x, LayerWeights<T>& weights,
                         std::shared_ptr<const AttentionPlan> plan, const AttentionSizes& sizes,
                         const LayerDropout& dropout, LayerWorkspace<T>& workspace,
                         bool recompute) {
  auto call = c10::make_intrusive<LayerCall<T>>(weights, std::move(plan), sizes, dropout, workspace,
                                                recompute);
  return run_call({x, weights.qkv.anchor()}, std::move(call));
}

template struct LayerWeights<float>;
template struct LayerWeights<Bf16>;
template struct LayerWeights<Fp16>;
template at::Tensor encoder_layer(const at::Tensor&, LayerWeights<float>&,
                                  std::shared_ptr<const AttentionPlan>, const AttentionSizes&,
                                  const LayerDropout&, LayerWorkspace<float>&, bool);
template at::Tensor encoder_layer(const at::Tensor&, LayerWeights<Bf16>&,
                                  std::shared_ptr<const AttentionPlan>, const AttentionSizes&,
                                  const LayerDropout&, LayerWorkspace<Bf16>&, bool);
template at::Tensor encoder_layer(const at::Tensor&, LayerWeights<Fp16>&,
                                  std::shared_ptr<const AttentionPlan>, const AttentionSizes&,
                                  const LayerDropout&, LayerWorkspace<Fp16>&, bool);

}  // namespace unimo::trainer
