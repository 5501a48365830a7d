// A row of up to 2048 columns in the registers of one warp, laid out as dropout draws its bits: a
// lane holds columns that lie 16 apart, eight to a call of the generator.
#pragma once

#include <type_traits>

#include "trainer/cuda/device_math.h"
#include "trainer/cuda/numbers.cuh"
#include "trainer/cuda/row_kernels.h"

namespace unimo::trainer {

// Columns that a warp covers in one pass.
constexpr int kPassColumns = 2 * kDropoutBlock;

// Block of 128 columns that this lane works on in a pass, and its place there.
__device__ __forceinline__ int block_of_pass(int pass) {
  return 2 * pass + static_cast<int>(threadIdx.x) % kWarp / kDropoutLanes;
}
__device__ __forceinline__ int lane_in_block() {
  return static_cast<int>(threadIdx.x) % kDropoutLanes;
}
__device__ __forceinline__ int column_of(int pass, int group) {
  return block_of_pass(pass) * kDropoutBlock + lane_in_block() + kDropoutLanes * group;
}

// A lane's share of a row.
template <int kPasses>
struct RowShare {
  float value[kPasses * kDropoutGroups] = {};
};

// Calls work(column, place in a RowShare) for every column of this lane.
template <int kPasses, class Work>
__device__ __forceinline__ void for_columns(int columns, const Work& work) {
#pragma unroll
  for (int pass = 0; pass < kPasses; ++pass) {
#pragma unroll
    for (int group = 0; group < kDropoutGroups; ++group) {
      const int column = column_of(pass, group);
      if (column < columns) work(column, pass * kDropoutGroups + group);
    }
  }
}

// This lane's multipliers of a row.
template <int kPasses>
__device__ __forceinline__ void drop(const DropoutKey& key, std::uint32_t row,
                                     RowShare<kPasses>& share) {
  if (key.threshold == 0) return;
#pragma unroll
  for (int pass = 0; pass < kPasses; ++pass) {
    const DropoutGroup keep =
        dropout_group(key, row, static_cast<std::uint32_t>(block_of_pass(pass)),
                      static_cast<std::uint32_t>(lane_in_block()));
#pragma unroll
    for (int group = 0; group < kDropoutGroups; ++group)
      share.value[pass * kDropoutGroups + group] *= keep.multiplier[group];
  }
}

// Mean and 1 / deviation of a row whose shares are zero behind its end.
template <int kPasses>
__device__ __forceinline__ void row_moments(const RowShare<kPasses>& x, int columns, float& mean,
                                            float& rstd) {
  float sum = 0;
  for_columns<kPasses>(columns, [&](int, int i) { sum += x.value[i]; });
  mean = warp_sum(sum) / static_cast<float>(columns);
  float squares = 0;
  for_columns<kPasses>(columns, [&](int, int i) {
    const float d = x.value[i] - mean;
    squares += d * d;
  });
  rstd = rsqrtf(warp_sum(squares) / static_cast<float>(columns) + kNormEpsilon);
}

// Warps of a block in backward passes: fewer where a lane holds more, so that their sums fit into
// 32 KiB of shared memory.
template <int kPasses>
constexpr int kBackwardWarps = kPasses <= 4 ? 8 : 4;

// Sums over the rows of a block, kept by every warp for its own rows.
template <int kPasses, int kWarps>
__device__ __forceinline__ void store_partial(const RowShare<kPasses>& mine, int columns,
                                              float* space, float* partial) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  __syncthreads();
  for_columns<kPasses>(columns,
                       [&](int column, int i) { space[warp * columns + column] = mine.value[i]; });
  __syncthreads();
  for (int column = static_cast<int>(threadIdx.x); column < columns; column += kWarps * kWarp) {
    float sum = 0;
    for (int w = 0; w < kWarps; ++w) sum += space[w * columns + column];
    partial[column] = sum;
  }
}

// Calls launch with the passes that `columns` need, as a compile-time number.
template <class Launch>
void with_passes(std::int64_t columns, const Launch& launch) {
  const std::int64_t passes = (columns + kPassColumns - 1) / kPassColumns;
  if (passes <= 1) return launch(std::integral_constant<int, 1>());
  if (passes == 2) return launch(std::integral_constant<int, 2>());
  if (passes == 3) return launch(std::integral_constant<int, 3>());
  if (passes == 4) return launch(std::integral_constant<int, 4>());
  return launch(std::integral_constant<int, 8>());
}

}  // namespace unimo::trainer
