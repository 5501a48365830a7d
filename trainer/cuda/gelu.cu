// GELU; see element_kernels.h.
#include "trainer/cuda/device_math.h"
#include "trainer/cuda/element_kernels.h"
#include "trainer/cuda/numbers.cuh"
#include "trainer/cuda/row_kernels.h"

namespace unimo::trainer {

namespace {

constexpr int kThreads = 256;

template <class T>
__global__ void gelu(const T* pre, T* act, std::int64_t count) {
  const std::int64_t i = (static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x) * 4;
  if (i >= count) return;
  const Four<T> x = load_four(pre + i);
  Four<T> y;
#pragma unroll
  for (int k = 0; k < 4; ++k) store(&y.value[k], gelu_value(load(&x.value[k])));
  store_four(act + i, y);
}

// 32 lanes of four columns each, eight rows at a time.
constexpr int kDepth = 8;

template <class T>
__global__ void __launch_bounds__(kDepth* kWarp) gelu_backward(GeluBackward<T> w) {
  __shared__ float space[kDepth][kWarp * 4];
  const std::int64_t c = (static_cast<std::int64_t>(blockIdx.x) * kWarp + threadIdx.x) * 4;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.y) * kPartialRows;
  const std::int64_t end = min(first + kPartialRows, w.rows);
  float sums[4] = {};
  if (c < w.columns) {
    for (std::int64_t r = first + threadIdx.y; r < end; r += kDepth) {
      const std::int64_t at = r * w.columns + c;
      const Four<T> x = load_four(w.pre + at);
      const Four<T> da = load_four(w.da + at);
      Four<T> du, act;
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        const float value = load(&x.value[k]);
        const float d = load(&da.value[k]) * gelu_slope(value);
        store(&du.value[k], d);
        store(&act.value[k], gelu_value(value));
        sums[k] += d;
      }
      store_four(w.du + at, du);
      if (w.act != nullptr) store_four(w.act + at, act);
    }
  }
  if (w.partials == nullptr) return;
#pragma unroll
  for (int k = 0; k < 4; ++k) space[threadIdx.y][threadIdx.x * 4 + k] = sums[k];
  __syncthreads();
  if (threadIdx.y != 0 || c >= w.columns) return;
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    float sum = 0;
    for (int y = 0; y < kDepth; ++y) sum += space[y][threadIdx.x * 4 + k];
    w.partials[blockIdx.y * w.columns + c + k] = sum;
  }
}

}  // namespace

template <class T>
void device_gelu(const T* pre, T* act, std::int64_t count, DeviceStream stream) {
  if (count == 0) return;
  gelu<<<blocks_for(count, kThreads * 4), kThreads, 0, stream>>>(pre, act, count);
  check_launch("gelu");
}

template <class T>
void device_gelu_backward(const GeluBackward<T>& work, DeviceStream stream) {
  if (work.rows == 0) return;
  const dim3 grid(blocks_for(work.columns, kWarp * 4), blocks_for(work.rows, kPartialRows));
  gelu_backward<<<grid, dim3(kWarp, kDepth), 0, stream>>>(work);
  check_launch("gelu_backward");
}

template void device_gelu(const float*, float*, std::int64_t, DeviceStream);
template void device_gelu(const Bf16*, Bf16*, std::int64_t, DeviceStream);
template void device_gelu(const Fp16*, Fp16*, std::int64_t, DeviceStream);
template void device_gelu_backward(const GeluBackward<float>&, DeviceStream);
template void device_gelu_backward(const GeluBackward<Bf16>&, DeviceStream);
template void device_gelu_backward(const GeluBackward<Fp16>&, DeviceStream);

}  // namespace unimo::trainer
