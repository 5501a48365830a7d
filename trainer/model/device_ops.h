// What the model, the optimiser and the loop need on a GPU. Built with UNIMO_CUDA these are
// trainer/cuda; without, every call fails with a sentence that says how to build it
// (trainer/cuda/absent.cc).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

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

// Bytes that tensors may still take there.
std::int64_t device_free_bytes(const at::Device& device);

// The CUDA stream on which the calling thread's operations run, for CommBuffer.
void* device_stream(const at::Device& device);

// The store's values are on the device.
std::unique_ptr<ModelEngine> make_cuda_engine(const ModelConfig& config, ParameterStore& store,
                                              Precision precision, const DeviceConfig& device);

// x[rows[i]] for every i, in autograd; gradients of equal rows are added in the order of i.
at::Tensor device_gather_rows(const at::Tensor& x, std::span<const std::int32_t> rows);

// The random multipliers of `rows` rows: [rows, columns].
at::Tensor device_mask(const DropoutKey& key, std::int64_t rows, std::int64_t columns,
                       const at::Device& device);

// Copies a flat fp32 tensor to the host, beside what the device goes on computing: behind what was
// queued before the call, on a stream of its own. From any thread.
void device_download(const at::Tensor& from, std::span<float> to);

// The sums of optim/fixed_point.h: fp32 `values`, int64 `sums`, flat and of one length.
// `out_of_range`, int32 [1], becomes 1 where that gives false, and stays as it is otherwise.
void device_add_fixed(const at::Tensor& values, const at::Tensor& sums, std::int64_t terms,
                      const at::Tensor& out_of_range);
void device_take_fixed(const at::Tensor& sums, const at::Tensor& values);

// AdamW's moments and its step on the device, of a stretch of the store that cuts no parameter's
// pieces (AdamW::shares).
class DeviceOptimizer {
 public:
  virtual ~DeviceOptimizer() = default;
  // Sums of the squares of the gradients, of every piece of the store, zero for pieces of others.
  // Waits for the device.
  virtual std::vector<double> squares() = 0;
  // `step.weight_decay` counts for parameters with decay. Writes the low copy as well.
  virtual void step(const AdamWStep& step) = 0;
  // Moments from and to the host, those of the stretch; download() from any thread.
  virtual void download(std::span<float> first, std::span<float> second) const = 0;
  virtual void upload(std::span<const float> first, std::span<const float> second) = 0;
};
std::unique_ptr<DeviceOptimizer> make_device_optimizer(ParameterStore& store, std::int64_t begin,
                                                       std::int64_t end);

}  // namespace unimo::trainer
