// What the tests on a GPU share: skipping where there is none, tensors there and back.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/trainer/tiny_training.h"
#include "trainer/cuda/device_store.h"
#include "trainer/data/random.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

inline int gpu_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

#define REQUIRE_GPU() \
  if (gpu_count() == 0) GTEST_SKIP() << "no GPU to be seen"

inline std::vector<float> host_values(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kFloat).cpu().contiguous();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

inline at::Tensor on_gpu(const std::vector<float>& values, at::IntArrayRef sizes) {
  return at::from_blob(const_cast<float*>(values.data()), sizes, at::kFloat).to(at::kCUDA);
}
template <class T>
at::Tensor on_gpu_as(const std::vector<float>& values, at::IntArrayRef sizes) {
  return on_gpu(values, sizes).to(scalar_type<T>());
}

// Normally distributed, the same forever.
inline std::vector<float> test_values(std::int64_t count, std::uint64_t stream, float spread = 1) {
  Random random({.seed = 3, .stream = stream});
  std::vector<float> out(static_cast<std::size_t>(count));
  for (float& value : out) value = static_cast<float>(random.normal()) * spread;
  return out;
}

inline double largest_gap(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double gap = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(gap <= largest)) largest = gap;  // NaN counts
  }
  return largest;
}

// a . b / (|a| |b|)
inline double cosine_of(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return ab / std::sqrt(aa * bb);
}

inline DeviceConfig gpu(const std::string& attention = "auto") {
  return {.kind = "cuda", .attention = attention};
}

}  // namespace unimo::trainer
