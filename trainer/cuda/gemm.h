// Matrix products on the device: cuBLASLt with one fixed algorithm for each shape, so that equal
// input gives equal bits.
//
// Matrices are rows end to end; `in` and `out` are the sizes of a linear map whose weight is
// [out, in]. T is float (without TF32), Bf16 or Fp16; sums are fp32. One object belongs to one
// stream and one device; calls must not overlap and return before the work is done. A shape that
// cuBLASLt has no algorithm for is a std::runtime_error that names it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "trainer/cuda/device_types.h"

namespace unimo::trainer {

// The sizes of one linear map of `rows` rows.
struct LinearSizes {
  std::int64_t rows = 0;
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t out_ld = 0;  // from a row of the outputs to the next, at least `out`
};

class DeviceGemm {
 public:
  DeviceGemm();
  ~DeviceGemm();
  DeviceGemm(const DeviceGemm&) = delete;
  DeviceGemm& operator=(const DeviceGemm&) = delete;

  // y = x w^T + bias, y as T or fp32; null bias: zeros.
  template <class T, class Out>
  void forward(const LinearSizes& sizes, const T* x, const T* w, const Out* bias, Out* y);
  // dx = dy w (+ addend), as T or fp32; the addend may be dx itself, null: zeros.
  template <class T, class Out>
  void input_gradient(const LinearSizes& sizes, const T* dy, const T* w, const Out* addend,
                      Out* dx);
  // dw += dy^T x.
  template <class T>
  void weight_gradient(const LinearSizes& sizes, const T* dy, const T* x, float* dw);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unimo::trainer
