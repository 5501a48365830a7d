// AdamW, the norm of the gradients, and fixed-point sums; see optimizer_kernels.h.
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

__global__ void __launch_bounds__(kThreads)
    norm_of_pieces(const double* squares, std::int64_t count, double* norm) {
  __shared__ double space[kThreads / kWarp];
  double mine = 0;
  for (std::int64_t i = threadIdx.x; i < count; i += kThreads) mine += squares[i];
  const double sum = block_sum<kThreads>(mine, space);
  if (threadIdx.x == 0) *norm = sqrt(sum);
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

__global__ void add_fixed_point(const float* gradients, std::int64_t count, long long* sums,
                                std::int32_t* overflow) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= count) return;
  const float g = gradients[i];
  if (!fits_fixed_point(g)) {
    *overflow = 1;  // whoever writes it, it is 1
    return;
  }
  sums[i] += to_fixed_point(g);
}

__global__ void from_fixed(const long long* sums, std::int64_t count, float* gradients) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i < count) gradients[i] = from_fixed_point(sums[i]);
}

}  // namespace

void device_gradient_norm(const float* gradients, const DevicePiece* pieces,
                          std::int64_t piece_count, double* squares, double* norm,
                          DeviceStream stream) {
  piece_squares<<<static_cast<unsigned>(piece_count), kThreads, 0, stream>>>(gradients, pieces,
                                                                             squares);
  check_launch("piece_squares");
  norm_of_pieces<<<1, kThreads, 0, stream>>>(squares, piece_count, norm);
  check_launch("norm_of_pieces");
}

void device_adamw(const DeviceAdamW& work, DeviceStream stream) {
  const auto grid = static_cast<unsigned>(work.piece_count);
  if (work.low_is_fp16) {
    adamw<Fp16><<<grid, kThreads, 0, stream>>>(work);
  } else {
    adamw<Bf16><<<grid, kThreads, 0, stream>>>(work);
  }
  check_launch("adamw");
}

void device_add_fixed_point(const float* gradients, std::int64_t count, long long* sums,
                            std::int32_t* overflow, DeviceStream stream) {
  if (count == 0) return;
  add_fixed_point<<<blocks_for(count, kThreads), kThreads, 0, stream>>>(gradients, count, sums,
                                                                        overflow);
  check_launch("add_fixed_point");
}

void device_from_fixed_point(const long long* sums, std::int64_t count, float* gradients,
                             DeviceStream stream) {
  if (count == 0) return;
  from_fixed<<<blocks_for(count, kThreads), kThreads, 0, stream>>>(sums, count, gradients);
  check_launch("from_fixed");
}

}  // namespace unimo::trainer
