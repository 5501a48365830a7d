// What all device kernels share: loads and stores in fp32 of every type, sums over a warp,
// launches.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "trainer/cuda/device_types.h"

namespace unimo::trainer {

constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xFFFFFFFFU;

__device__ __forceinline__ float load(const float* p) { return *p; }
__device__ __forceinline__ float load(const Bf16* p) {
  return __uint_as_float(static_cast<unsigned>(p->bits) << 16);
}
__device__ __forceinline__ float load(const Fp16* p) {
  return __half2float(__ushort_as_half(p->bits));
}
// Round to nearest even.
__device__ __forceinline__ void store(float* p, float value) { *p = value; }
__device__ __forceinline__ void store(Bf16* p, float value) {
  p->bits = __bfloat16_as_ushort(__float2bfloat16_rn(value));
}
__device__ __forceinline__ void store(Fp16* p, float value) {
  p->bits = __half_as_ushort(__float2half_rn(value));
}

// Four values that begin at a multiple of four, in one access.
template <class T>
struct alignas(4 * sizeof(T)) Four {
  T value[4];
};
template <class T>
__device__ __forceinline__ Four<T> load_four(const T* p) {
  return *reinterpret_cast<const Four<T>*>(p);
}
template <class T>
__device__ __forceinline__ void store_four(T* p, const Four<T>& four) {
  *reinterpret_cast<Four<T>*>(p) = four;
}

// The same tree for every lane, so that all of them get the same bits.
template <class Number>
__device__ __forceinline__ Number warp_sum(Number value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2)
    value += __shfl_xor_sync(kAllLanes, value, distance);
  return value;
}

// The sum over a block of kThreads threads, for thread 0. `space` has kThreads / 32 places.
template <int kThreads, class Number>
__device__ __forceinline__ Number block_sum(Number value, Number* space) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  value = warp_sum(value);
  __syncthreads();
  if (lane == 0) space[warp] = value;
  __syncthreads();
  Number sum = 0;
  if (threadIdx.x == 0) {
    for (int w = 0; w < kThreads / kWarp; ++w) sum += space[w];
  }
  return sum;
}

inline unsigned blocks_for(std::int64_t items, std::int64_t per_block) {
  return static_cast<unsigned>((items + per_block - 1) / per_block);
}

// After every launch: an error of the launch itself ends the call; errors inside a kernel show at
// the next synchronisation, as everywhere in CUDA.
void check_launch(const char* kernel);

}  // namespace unimo::trainer
