// One encoder layer on the device, forward and backward; the same mathematics as
// trainer/model/layer.h, with values between layers in T.
#pragma once

#include <ATen/core/Tensor.h>

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
  AttentionShape shape;
  bool recompute = false;  // keep the input alone; see DeviceConfig
};

// x [rows, hidden] of T -> the same. Gradients of the weights are added to their store in the
// backward pass. Weights and context must outlive it.
template <class T>
at::Tensor device_layer(const at::Tensor& x, const DeviceLayerWeights& weights,
                        const DeviceLayerContext<T>& context,
                        std::shared_ptr<const DeviceBatch<T>> batch, const LayerDropout& dropout);

}  // namespace unimo::trainer
