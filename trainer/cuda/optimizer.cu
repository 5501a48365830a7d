// AdamW, squares of gradients, and fixed-point sums; see optimizer_kernels.h.
#include "trainer/cuda/device_math.h"
#include "trainer/cuda/numbers.cuh"
#include "trainer/cuda/optimizer_kernels.h"

namespace unimo::trainer {

namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads)
    piece_squares(const float* gradients, const DevicePiece* pieces, double* squares) {
  __shared__ double space[kThreads / kWarp];
  const DevicePiece piece = pieces[blockIdx.x];
  double mine = 0;
  for (std::int32_t i = static_cast<std::int32_t>(threadIdx.x) * 4; i < piece.count;
       i += kThreads * 4) {
    const Four<float> g = load_four(gradients + piece.begin + i);
#pragma unroll
    for (int k = 0; k < 4; ++k)
      mine += static_cast<double>(g.value[k]) * static_cast<double>(g.value[k]);
  }
  const double sum = block_sum<kThreads>(mine, space);
  if (threadIdx.x == 0) squares[blockIdx.x] = sum;
}

template <class Low>
__global__ void __launch_bounds__(kThreads) adamw(DeviceAdamW w) {
  const DevicePiece piece = w.pieces[blockIdx.x];
  AdamWStep step = w.step;
  if (piece.decay == 0) step.weight_decay = 0;
  for (std::int32_t i = static_cast<std::int32_t>(threadIdx.x) * 4; i < piece.count;
       i += kThreads * 4) {
    const std::int64_t at = piece.begin + i;
    Four<float> p = load_four(w.values + at);
    const Four<float> g = load_four(w.gradients + at);
    Four<float> m = load_four(w.first + at);
    Four<float> v = load_four(w.second + at);
#pragma unroll
    for (int k = 0; k < 4; ++k)
      p.value[k] = adamw_value(p.value[k], g.value[k], m.value[k], v.value[k], step);
    store_four(w.values + at, p);
    store_four(w.first + at, m);
    store_four(w.second + at, v);
    if (w.low != nullptr) {
      Four<Low> low;
#pragma unroll
      for (int k = 0; k < 4; ++k) store(&low.value[k], p.value[k]);
      store_four(static_cast<Low*>(w.low) + at, low);
    }
  }
}

__global__ void add_fixed_point(float* values, std::int64_t count, double largest, long long* sums,
                                std::int32_t* out_of_range) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= count) return;
  const float value = values[i];
  values[i] = 0;
  if (fits_fixed_point(value, largest)) {
    sums[i] += to_fixed_point(value);
  } else {
    *out_of_range = 1;  // whoever writes it, it is 1
  }
}

__global__ void take_fixed_point(long long* sums, std::int64_t count, float* values) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= count) return;
  values[i] = from_fixed_point(sums[i]);
  sums[i] = 0;
}

}  // namespace

void device_piece_squares(const float* gradients, const DevicePiece* pieces,
                          std::int64_t piece_count, double* squares, DeviceStream stream) {
  if (piece_count == 0) return;
  piece_squares<<<static_cast<unsigned>(piece_count), kThreads, 0, stream>>>(gradients, pieces,
                                                                             squares);
  check_launch("piece_squares");
}

void device_adamw(const DeviceAdamW& work, DeviceStream stream) {
  if (work.piece_count == 0) return;
  const auto grid = static_cast<unsigned>(work.piece_count);
  if (work.low_is_fp16) {
    adamw<Fp16><<<grid, kThreads, 0, stream>>>(work);
  } else {
    adamw<Bf16><<<grid, kThreads, 0, stream>>>(work);
  }
  check_launch("adamw");
}

void device_add_fixed_point(float* values, std::int64_t count, double largest, long long* sums,
                            std::int32_t* out_of_range, DeviceStream stream) {
  if (count == 0) return;
  add_fixed_point<<<blocks_for(count, kThreads), kThreads, 0, stream>>>(values, count, largest,
                                                                        sums, out_of_range);
  check_launch("add_fixed_point");
}

void device_take_fixed_point(long long* sums, std::int64_t count, float* values,
                             DeviceStream stream) {
  if (count == 0) return;
  take_fixed_point<<<blocks_for(count, kThreads), kThreads, 0, stream>>>(sums, count, values);
  check_launch("take_fixed_point");
}

}  // namespace unimo::trainer
