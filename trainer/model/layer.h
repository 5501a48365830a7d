// One encoder layer, forward and backward: attention and feed-forward part, each followed by
// dropout, the residual and a norm (post-norm).
//
// Rows are worked on in blocks that go through all products and row operations while they are
// in the cache; only attention sees other rows. T is float, Bf16 or Fp16: what products read and
// what is kept for the backward pass; the stream between layers, norms and softmax are float.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "trainer/model/attention.h"
#include "trainer/model/gemm.h"

namespace unimo::trainer {

// Scale and offset of a norm, in a store.
struct NormWeights {
  NormWeights(ParameterStore& store, const std::string& name);
  const float* scale() const { return store->values().data() + scale_offset; }
  const float* bias() const { return store->values().data() + bias_offset; }
  float* scale_gradient() const { return store->gradients().data() + scale_offset; }
  float* bias_gradient() const { return store->gradients().data() + bias_offset; }
  std::vector<GradientRange> ranges() const { return {{scale_offset, 1}, {bias_offset, 1}}; }
  ParameterStore* store;
  const at::Tensor* anchor;  // the leaf that stands for both in autograd
  std::int64_t scale_offset;
  std::int64_t bias_offset;
};

// The specs of a layer's parameters, in the order of the store.
std::vector<ParameterSpec> layer_parameters(const std::string& prefix, std::int64_t hidden,
                                            std::int64_t ffn);

template <class T>
struct LayerWeights {
  LayerWeights(ParameterStore& store, const std::string& prefix);
  void refresh();
  // All parameters of the layer lie side by side.
  GradientRange range() const {
    const std::int64_t begin = qkv.ranges().front().offset;
    return {begin, ffn_norm.bias_offset + 1 - begin};
  }
  Projection<T> qkv, output, ffn0, ffn1;
  NormWeights attention_norm, ffn_norm;
};

// What the forward pass of a layer leaves for its backward pass.
template <class T>
struct LayerActivations {
  Buffer<T> qkv, attention, attention_hat, ffn_hat, before_gelu;
  Buffer<float> lse, attention_rstd, ffn_rstd;
  // Makes room and says how many bytes that is.
  std::int64_t reserve(std::int64_t rows, std::int64_t hidden, std::int64_t ffn,
                       std::int64_t heads);
};

// Memory that all layers share, one after the other, and a count of what they keep on their own.
template <class T>
struct LayerWorkspace {
  LayerActivations<T> activations;  // of the layer that is recomputed
  Buffer<float> output;             // of the same
  // Of all activations that wait for their backward pass; shared because a graph may outlive the
  // model.
  std::shared_ptr<std::int64_t> kept_bytes = std::make_shared<std::int64_t>(0);
  Buffer<T> d_ffn1, d_ffn0, activation, middle, d_output, d_attention, d_qkv, input;
  Buffer<float> d_residual, partials;
};

struct LayerDropout {
  DropoutKey attention, after_attention, after_ffn;
};

// x [rows, hidden] -> [rows, hidden]. Gradients of the weights are added to their store in the
// backward pass. The weights and the workspace must outlive it. `recompute`: nothing is kept but x,
// and the backward pass runs the forward pass again, with the same bits.
template <class T>
at::Tensor encoder_layer(const at::Tensor& x, LayerWeights<T>& weights,
                         std::shared_ptr<const AttentionPlan> plan, const AttentionSizes& sizes,
                         const LayerDropout& dropout, LayerWorkspace<T>& workspace, bool recompute);

}  // namespace unimo::trainer
