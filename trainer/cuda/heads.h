// What stands on top of the encoder, on the device; the same mathematics as trainer/model/heads.h.
// Rows in and out are fp32.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "trainer/cuda/device_store.h"
#include "trainer/cuda/gemm.h"

namespace unimo::trainer {

// x W^T + b: [n, in] -> [n, out]. Map, and gemm must outlive the backward pass.
template <class T>
at::Tensor device_linear(const at::Tensor& x, const DeviceLinear& map, const DeviceStore<T>& store,
                         DeviceGemm& gemm);

// norm(gelu(x)): [n, hidden].
at::Tensor device_gelu_norm(const at::Tensor& x, const DeviceNorm& norm,
                            const DeviceStore<float>& store);

// Sum over the rows of the cross-entropy of rows W^T + b against the targets; a scalar. Logits are
// made for some rows at a time and become their own gradient; they are kept from the forward pass
// while they take less than kKeptLogitBytes in all, else made again.
inline constexpr std::int64_t kKeptLogitBytes = std::int64_t{2} << 30;
template <class T>
at::Tensor device_cross_entropy_sum(const at::Tensor& rows, const DeviceLinear& table,
                                    const DeviceStore<T>& store, DeviceGemm& gemm,
                                    std::span<const std::int32_t> targets, double smoothing);

}  // namespace unimo::trainer
