// One encoder layer on the device, forward and backward; the same mathematics as
// trainer/model/layer.h, with values between layers in T.
#pragma once

#include <ATen/core/Tensor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "trainer/cuda/attention_run.h"
#include "trainer/cuda/device_store.h"
#include "trainer/cuda/gemm.h"
#include "trainer/model/layer.h"

namespace unimo::trainer {

struct DeviceLayerWeights {
  DeviceLayerWeights(const ParameterStore& store, const std::string& prefix);
  DeviceLinear qkv, output, ffn0, ffn1;
  DeviceNorm attention_norm, ffn_norm;
  // All parameters of the layer lie side by side.
  GradientRange range() const { return {qkv.weight, ffn_norm.offset + 1 - qkv.weight}; }
};

// The tables of one encoding, which all its layers read.
template <class T>
struct DeviceBatch {
  DeviceTables tables;
  std::unique_ptr<AttentionRun<T>> attention;
};

// What all layers of a model share.
template <class T>
struct DeviceLayerContext {
  DeviceStore<T> store;
  DeviceGemm* gemm;
  DeviceAttentionShape shape;
  bool recompute = false;  // keep the input alone
  // Of all that waits for its backward pass. Autograd's thread counts, too; shared because a graph
  // may outlive the model.
  std::shared_ptr<std::atomic<std::int64_t>> kept_bytes =
      std::make_shared<std::atomic<std::int64_t>>(0);
};

// x [rows, hidden] of T -> the same. Gradients of the weights are added to their store in the
// backward pass. Weights and context must outlive it.
template <class T>
at::Tensor device_layer(const at::Tensor& x, const DeviceLayerWeights& weights,
                        const DeviceLayerContext<T>& context,
                        std::shared_ptr<const DeviceBatch<T>> batch, const LayerDropout& dropout);

}  // namespace unimo::trainer
