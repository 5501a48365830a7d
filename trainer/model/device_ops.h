// What the model and the optimiser need on a GPU. Built with UNIMO_CUDA these are trainer/cuda;
// without, every call fails with a sentence that says how to build it (trainer/cuda/absent.cc).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "trainer/config/device.h"
#include "trainer/model/kernels.h"
#include "trainer/model/model_engine.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

// Empty when a model of these sizes can run there; else what is wrong and what helps.
std::string device_mistake(const DeviceConfig& device, const ModelConfig& model,
                           Precision precision);

// The device of a configuration without mistake.
at::Device device_of(const DeviceConfig& device);

// "NVIDIA H100 80GB HBM3, CUDA 13.0"; results repeat bit by bit where this is equal.
std::string device_name(const at::Device& device);

// The store's values are on the device.
std::unique_ptr<ModelEngine> make_cuda_engine(const ModelConfig& config, ParameterStore& store,
                                              Precision precision, const DeviceConfig& device);

// x[rows[i]] for every i, in autograd; gradients of equal rows are added in the order of i.
at::Tensor device_gather_rows(const at::Tensor& x, std::span<const std::int32_t> rows);

// The random multipliers of `rows` rows: [rows, columns].
at::Tensor device_mask(const DropoutKey& key, std::int64_t rows, std::int64_t columns,
                       const at::Device& device);

// AdamW's moments and its step on the device.
class DeviceOptimizer {
 public:
  virtual ~DeviceOptimizer() = default;
  // Waits for the device.
  virtual double gradient_norm() = 0;
  // `step.weight_decay` counts for parameters with decay. Writes the low copy as well.
  virtual void step(const AdamWStep& step) = 0;
  // Moments from and to the host; waits for the device.
  virtual void download(std::span<float> first, std::span<float> second) const = 0;
  virtual void upload(std::span<const float> first, std::span<const float> second) = 0;
};
std::unique_ptr<DeviceOptimizer> make_device_optimizer(ParameterStore& store);

}  // namespace unimo::trainer
