// A model's parameters as device kernels want them: pointers into the flat buffers.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "trainer/cuda/device_types.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

template <class T>
constexpr at::ScalarType scalar_type() {
  if constexpr (std::is_same_v<T, Bf16>) return at::kBFloat16;
  if constexpr (std::is_same_v<T, Fp16>) return at::kHalf;
  if constexpr (std::is_same_v<T, double>) return at::kDouble;
  return at::kFloat;
}

// The memory of a tensor whose type is T's; contiguous.
template <class T>
T* pointer(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

// Not initialised, on the current device. Freed memory is used again without waiting.
template <class T>
at::Tensor device_empty(at::IntArrayRef sizes) {
  return at::empty(sizes, at::TensorOptions().dtype(scalar_type<T>()).device(at::kCUDA));
}

inline DeviceStream current_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

// A linear map whose weight [out, in] and bias lie in the store; several that lie side by side
// count as one with the rows of all.
struct DeviceLinear {
  // "<name>.w_0" and "<name>.b_0"; a missing bias is -1.
  DeviceLinear(const ParameterStore& store, const std::vector<std::string>& names);
  // From the tied table, whose name has no ending.
  DeviceLinear(const ParameterStore& store, const std::string& weight_name,
               const std::string& bias_name);
  std::int64_t weight = -1, bias = -1;  // offsets in the store
  std::int64_t out = 0, in = 0;
  const at::Tensor* anchor = nullptr;  // the leaf that stands for both in autograd
  std::vector<GradientRange> ranges() const;
};

struct DeviceNorm {
  DeviceNorm(const ParameterStore& store, const std::string& name);
  std::int64_t scale, offset;  // offsets in the store
  const at::Tensor* anchor;
  std::vector<GradientRange> ranges() const { return {{scale, 1}, {offset, 1}}; }
};

// T: what products read.
template <class T>
class DeviceStore {
 public:
  explicit DeviceStore(ParameterStore& store) : store_(&store) {}
  const T* low(std::int64_t offset) const {
    if constexpr (std::is_same_v<T, float>) return value(offset);
    return pointer<T>(store_->low_values(scalar_type<T>())) + offset;
  }
  const float* value(std::int64_t offset) const {
    return pointer<float>(store_->flat_values()) + offset;
  }
  float* gradient(std::int64_t offset) const {
    return pointer<float>(store_->flat_gradients()) + offset;
  }
  std::uint64_t version() const { return store_->version(); }
  GradientUse use(std::vector<GradientRange> ranges) const {
    return store_->gradient_use(std::move(ranges));
  }

 private:
  ParameterStore* store_;
};

}  // namespace unimo::trainer
