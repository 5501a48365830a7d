#include "trainer/cuda/layer.h"

#include <ATen/ops/empty_like.h>

#include <optional>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/cuda/element_kernels.h"
#include "trainer/cuda/row_kernels.h"
#include "trainer/model/call.h"

namespace unimo::trainer {

DeviceLayerWeights::DeviceLayerWeights(const ParameterStore& store, const std::string& prefix)
    : qkv(store, {prefix + "_multi_head_att_query_fc", prefix + "_multi_head_att_key_fc",
                  prefix + "_multi_head_att_value_fc"}),
      output(store, {prefix + "_multi_head_att_output_fc"}),
      ffn0(store, {prefix + "_ffn_fc_0"}),
      ffn1(store, {prefix + "_ffn_fc_1"}),
      attention_norm(store, prefix + "_post_att_layer_norm"),
      ffn_norm(store, prefix + "_post_ffn_layer_norm") {}

namespace {

// A norm's normalised values and deviations.
struct NormState {
  at::Tensor hat, rstd;
};

struct LayerState {
  at::Tensor qkv;  // [rows, 3 hidden]
  AttentionState attention;
  NormState attention_norm, ffn_norm;
  at::Tensor before_gelu;  // [rows, ffn]

  std::int64_t bytes() const {
    std::int64_t sum = 0;
    const auto add = [&sum](const at::Tensor& t) {
      if (t.defined()) sum += static_cast<std::int64_t>(t.nbytes());
    };
    for (const at::Tensor* t : {&qkv, &attention.out, &attention.lse, &attention_norm.hat,
                                &attention_norm.rstd, &ffn_norm.hat, &ffn_norm.rstd, &before_gelu})
      add(*t);
    for (const FlashState& call : attention.calls) {
      // Of one call over all rows the output is the layer's own.
      if (!call.out.is_alias_of(attention.out)) add(call.out);
      add(call.lse);
    }
    return sum;
  }
};

template <class T>
class DeviceLayerCall : public Call {
 public:
  DeviceLayerCall(const DeviceLayerWeights& weights, const DeviceLayerContext<T>& context,
                  std::shared_ptr<const DeviceBatch<T>> batch, const LayerDropout& dropout)
      : w_(weights),
        context_(context),
        store_(context.store),
        batch_(std::move(batch)),
        dropout_(dropout),
        version_(store_.version()),
        kept_bytes_(context.kept_bytes) {
    use = store_.use({weights.range()});
  }
  ~DeviceLayerCall() override { count(0); }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    rows_ = inputs[0].size(0);
    LayerState state;
    at::Tensor y = compute(inputs[0], state);
    if (context_.recompute) return y;
    count(state.bytes());
    state_ = std::move(state);
    return y;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    UNIMO_CHECK(version_ == store_.version(),
                "the weights changed between forward and backward pass");
    add_weights_ = needed[1];
    const at::Tensor& x = inputs[0];
    if (!state_) {
      state_.emplace();
      compute(x, *state_);
    }
    at::Tensor d_residual = at::empty_like(x);
    const at::Tensor d_attention = backward_rows(dy, d_residual);
    const at::Tensor d_qkv = batch_->attention->backward(d_attention, state_->qkv,
                                                         state_->attention, dropout_.attention);
    at::Tensor dx = at::empty_like(x);
    context_.gemm->template input_gradient<T, T>(sizes(w_.qkv), pointer<T>(d_qkv),
                                                 store_.low(w_.qkv.weight), pointer<T>(d_residual),
                                                 pointer<T>(dx));
    if (add_weights_) {
      add_gradient(w_.qkv, d_qkv, x);
      add_bias_gradient(w_.qkv, d_qkv);
    }
    state_.reset();
    count(0);
    return {dx, at::Tensor()};
  }

 private:
  // What this layer keeps from now on.
  void count(std::int64_t bytes) { *kept_bytes_ += bytes - std::exchange(own_bytes_, bytes); }
  std::int64_t hidden() const { return w_.output.out; }
  std::int64_t ffn() const { return w_.ffn0.out; }
  LinearSizes sizes(const DeviceLinear& map) const {
    return {.rows = rows_, .in = map.in, .out = map.out, .out_ld = map.out};
  }

  // The bias is added by the product where `with_bias`, else by the kernel that follows.
  at::Tensor product(const DeviceLinear& map, const at::Tensor& x, bool with_bias) const {
    at::Tensor y = device_empty<T>({rows_, map.out});
    context_.gemm->template forward<T, T>(sizes(map), pointer<T>(x), store_.low(map.weight),
                                          with_bias ? store_.low(map.bias) : nullptr,
                                          pointer<T>(y));
    return y;
  }

  at::Tensor residual_norm(const at::Tensor& x, const DeviceLinear& map, const at::Tensor& residual,
                           const DropoutKey& key, const DeviceNorm& norm, NormState& state) const {
    at::Tensor y = at::empty_like(residual);
    state.hat = at::empty_like(residual);
    state.rstd = device_empty<float>({rows_});
    device_residual_norm<T>({.x = pointer<T>(x),
                             .bias = store_.value(map.bias),
                             .residual = pointer<T>(residual),
                             .key = key,
                             .gamma = store_.value(norm.scale),
                             .beta = store_.value(norm.offset),
                             .y = pointer<T>(y),
                             .hat = pointer<T>(state.hat),
                             .rstd = pointer<float>(state.rstd),
                             .rows = rows_,
                             .columns = hidden()},
                            current_stream());
    return y;
  }

  at::Tensor compute(const at::Tensor& x, LayerState& s) const {
    s.qkv = product(w_.qkv, x, true);
    s.attention = batch_->attention->forward(s.qkv, dropout_.attention);
    const at::Tensor middle =
        residual_norm(product(w_.output, s.attention.out, false), w_.output, x,
                      dropout_.after_attention, w_.attention_norm, s.attention_norm);
    s.before_gelu = product(w_.ffn0, middle, true);
    const at::Tensor activation = at::empty_like(s.before_gelu);
    device_gelu(pointer<T>(s.before_gelu), pointer<T>(activation), rows_ * ffn(), current_stream());
    return residual_norm(product(w_.ffn1, activation, false), w_.ffn1, middle, dropout_.after_ffn,
                         w_.ffn_norm, s.ffn_norm);
  }

  // From dy back to the output of attention; d_residual gets the gradient that goes past it.
  at::Tensor backward_rows(const at::Tensor& dy, at::Tensor& d_residual) {
    const at::Tensor d_middle = at::empty_like(dy);
    const at::Tensor d_ffn1 = at::empty_like(dy);
    norm_backward(dy, state_->ffn_norm, w_.ffn_norm, dropout_.after_ffn, w_.ffn1, d_middle, d_ffn1,
                  at::Tensor());
    const at::Tensor d_ffn0 = device_empty<T>({rows_, ffn()});
    context_.gemm->template input_gradient<T, T>(sizes(w_.ffn1), pointer<T>(d_ffn1),
                                                 store_.low(w_.ffn1.weight), nullptr,
                                                 pointer<T>(d_ffn0));
    gelu_backward(d_ffn0, d_ffn1);
    // The gradient past the feed-forward part and the one through it, in one product.
    context_.gemm->template input_gradient<T, T>(sizes(w_.ffn0), pointer<T>(d_ffn0),
                                                 store_.low(w_.ffn0.weight), pointer<T>(d_middle),
                                                 pointer<T>(d_middle));
    const at::Tensor d_output = at::empty_like(dy);
    const at::Tensor middle = at::empty_like(dy);
    norm_backward(d_middle, state_->attention_norm, w_.attention_norm, dropout_.after_attention,
                  w_.output, d_residual, d_output, middle);
    if (add_weights_) {
      add_gradient(w_.ffn0, d_ffn0, middle);
      add_gradient(w_.output, d_output, state_->attention.out);
    }
    at::Tensor d_attention = at::empty_like(dy);
    context_.gemm->template input_gradient<T, T>(sizes(w_.output), pointer<T>(d_output),
                                                 store_.low(w_.output.weight), nullptr,
                                                 pointer<T>(d_attention));
    return d_attention;
  }

  void norm_backward(const at::Tensor& dy, const NormState& state, const DeviceNorm& norm,
                     const DropoutKey& key, const DeviceLinear& map, const at::Tensor& ds,
                     const at::Tensor& dx, const at::Tensor& y) const {
    const std::int64_t blocks = partial_blocks(rows_);
    const at::Tensor partials = device_empty<float>({blocks, 3, hidden()});
    auto* sums = pointer<float>(partials);
    device_residual_norm_backward<T>({.dy = pointer<T>(dy),
                                      .hat = pointer<T>(state.hat),
                                      .rstd = pointer<float>(state.rstd),
                                      .key = key,
                                      .gamma = store_.value(norm.scale),
                                      .beta = store_.value(norm.offset),
                                      .ds = pointer<T>(ds),
                                      .dx = pointer<T>(dx),
                                      .y = y.defined() ? pointer<T>(y) : nullptr,
                                      .partials = sums,
                                      .rows = rows_,
                                      .columns = hidden()},
                                     current_stream());
    if (!add_weights_) return;
    const std::int64_t h = hidden();
    device_add_partials(sums, 3 * h, blocks, h, store_.gradient(norm.scale), current_stream());
    device_add_partials(sums + h, 3 * h, blocks, h, store_.gradient(norm.offset), current_stream());
    device_add_partials(sums + 2 * h, 3 * h, blocks, h, store_.gradient(map.bias),
                        current_stream());
  }

  // d_ffn0 holds the gradient of the activation and gets that of what stands before it.
  void gelu_backward(const at::Tensor& d_ffn0, const at::Tensor& d_ffn1) const {
    const at::Tensor activation = at::empty_like(d_ffn0);
    const at::Tensor partials = device_empty<float>({partial_blocks(rows_), ffn()});
    device_gelu_backward<T>({.da = pointer<T>(d_ffn0),
                             .pre = pointer<T>(state_->before_gelu),
                             .du = pointer<T>(d_ffn0),
                             .act = pointer<T>(activation),
                             .partials = pointer<float>(partials),
                             .rows = rows_,
                             .columns = ffn()},
                            current_stream());
    if (!add_weights_) return;
    add_gradient(w_.ffn1, d_ffn1, activation);
    device_add_partials(pointer<float>(partials), ffn(), partial_blocks(rows_), ffn(),
                        store_.gradient(w_.ffn0.bias), current_stream());
  }

  void add_gradient(const DeviceLinear& map, const at::Tensor& dy, const at::Tensor& x) const {
    context_.gemm->template weight_gradient<T>(sizes(map), pointer<T>(dy), pointer<T>(x),
                                               store_.gradient(map.weight));
  }
  void add_bias_gradient(const DeviceLinear& map, const at::Tensor& dy) const {
    const at::Tensor partials = device_empty<float>({partial_blocks(rows_), map.out});
    device_add_column_sums(pointer<T>(dy), map.out, rows_, map.out, pointer<float>(partials),
                           store_.gradient(map.bias), current_stream());
  }

  const DeviceLayerWeights& w_;
  const DeviceLayerContext<T>& context_;
  DeviceStore<T> store_;
  std::shared_ptr<const DeviceBatch<T>> batch_;
  LayerDropout dropout_;
  std::uint64_t version_;
  std::int64_t rows_ = 0;
  bool add_weights_ = false;
  std::optional<LayerState> state_;  // none where it is computed again
  std::shared_ptr<std::atomic<std::int64_t>> kept_bytes_;
  std::int64_t own_bytes_ = 0;
};

}  // namespace

template <class T>
at::Tensor device_layer(const at::Tensor& x, const DeviceLayerWeights& weights,
                        const DeviceLayerContext<T>& context,
                        std::shared_ptr<const DeviceBatch<T>> batch, const LayerDropout& dropout) {
  return run_call({x, *weights.qkv.anchor}, c10::make_intrusive<DeviceLayerCall<T>>(
                                                weights, context, std::move(batch), dropout));
}

template at::Tensor device_layer(const at::Tensor&, const DeviceLayerWeights&,
                                 const DeviceLayerContext<float>&,
                                 std::shared_ptr<const DeviceBatch<float>>, const LayerDropout&);
template at::Tensor device_layer(const at::Tensor&, const DeviceLayerWeights&,
                                 const DeviceLayerContext<Bf16>&,
                                 std::shared_ptr<const DeviceBatch<Bf16>>, const LayerDropout&);
template at::Tensor device_layer(const at::Tensor&, const DeviceLayerWeights&,
                                 const DeviceLayerContext<Fp16>&,
                                 std::shared_ptr<const DeviceBatch<Fp16>>, const LayerDropout&);

}  // namespace unimo::trainer
