// What the attention kernels share: tiles of 64 rows of one head in shared memory as fp32, and
// products of two tiles, of which a thread holds four by four values that lie 16 apart.
#pragma once

#include "trainer/cuda/attention_kernels.h"
#include "trainer/cuda/numbers.cuh"

namespace unimo::trainer {

constexpr int kSide = 16;
constexpr int kAttentionThreads = kSide * kSide;
constexpr int kShare = kAttentionTile / kSide;      // values of a thread along each side of a tile
constexpr int kMostDims = kMostHeadSize / kSide;    // and along the head
constexpr int kScoreLd = kAttentionTile + 1;        // odd, so that columns lie in different banks
constexpr int kScores = kAttentionTile * kScoreLd;  // floats of a tile of scores
constexpr float kUnseen = -1e30F;

__device__ __forceinline__ int tile_x() { return static_cast<int>(threadIdx.x) % kSide; }
__device__ __forceinline__ int tile_y() { return static_cast<int>(threadIdx.x) / kSide; }

// 64 rows of one head; row i is row_of(i) of the source, zeros from `count` on.
struct HeadTile {
  float* value;
  int ld;  // head size + 1
  int size;

  __device__ HeadTile(float* space, int head_size)
      : value(space), ld(head_size + 1), size(head_size) {}
  __device__ float* behind() const { return value + kAttentionTile * ld; }
  __device__ float at(int row, int d) const { return value[row * ld + d]; }

  template <class T, class RowOf>
  __device__ void fill(const T* source, std::int64_t source_ld, int count, const RowOf& row_of) {
    for (int i = static_cast<int>(threadIdx.x); i < kAttentionTile * size; i += kAttentionThreads) {
      const int row = i / size, d = i % size;
      value[row * ld + d] =
          row < count ? load(source + static_cast<std::int64_t>(row_of(row)) * source_ld + d)
                      : 0.0F;
    }
  }
};

inline std::size_t head_tile_bytes(std::int64_t head_size) {
  return static_cast<std::size_t>(kAttentionTile * (head_size + 1)) * sizeof(float);
}

// out[i][j] = a[y + 16 i] . b[x + 16 j]
__device__ __forceinline__ void multiply_rows(const HeadTile& a, const HeadTile& b,
                                              float (&out)[kShare][kShare]) {
#pragma unroll
  for (int i = 0; i < kShare; ++i) {
#pragma unroll
    for (int j = 0; j < kShare; ++j) out[i][j] = 0;
  }
  for (int d = 0; d < a.size; ++d) {
    float left[kShare], right[kShare];
#pragma unroll
    for (int i = 0; i < kShare; ++i) left[i] = a.at(tile_y() + kSide * i, d);
#pragma unroll
    for (int j = 0; j < kShare; ++j) right[j] = b.at(tile_x() + kSide * j, d);
#pragma unroll
    for (int i = 0; i < kShare; ++i) {
#pragma unroll
      for (int j = 0; j < kShare; ++j) out[i][j] += left[i] * right[j];
    }
  }
}

// sums[i][j] += the sum over c of left(y + 16 i, c) * right[c][x + 16 j]
template <class Left>
__device__ __forceinline__ void add_product(const Left& left, const HeadTile& right,
                                            float (&sums)[kShare][kMostDims]) {
  for (int c = 0; c < kAttentionTile; ++c) {
    float a[kShare];
#pragma unroll
    for (int i = 0; i < kShare; ++i) a[i] = left(tile_y() + kSide * i, c);
#pragma unroll
    for (int j = 0; j < kMostDims; ++j) {
      const int d = tile_x() + kSide * j;
      if (d < right.size) {
        const float b = right.at(c, d);
#pragma unroll
        for (int i = 0; i < kShare; ++i) sums[i][j] += a[i] * b;
      }
    }
  }
}

// Stores value(i, j) for the rows y + 16 i below `count` of a head, which begin at `out`.
template <class T, class Value>
__device__ __forceinline__ void store_head(T* out, std::int64_t ld, int count, int head_size,
                                           const Value& value) {
#pragma unroll
  for (int i = 0; i < kShare; ++i) {
    const int row = tile_y() + kSide * i;
#pragma unroll
    for (int j = 0; j < kMostDims; ++j) {
      const int d = tile_x() + kSide * j;
      if (row < count && d < head_size) store(out + row * ld + d, value(i, j));
    }
  }
}

// Counter of the dropout of one attention row, as on the processor.
__device__ __forceinline__ std::uint32_t dropout_row_of(std::int64_t row, std::int64_t heads,
                                                        int head) {
  return static_cast<std::uint32_t>(row * heads + head);
}

// The multipliers of columns first + x + 16 j of a row; `first` is a multiple of 64.
__device__ __forceinline__ void dropout_of_columns(const DropoutKey& key, std::uint32_t row,
                                                   int first, float (&keep)[kShare]) {
  if (key.threshold == 0) {
#pragma unroll
    for (int j = 0; j < kShare; ++j) keep[j] = 1;
    return;
  }
  const DropoutGroup group =
      dropout_group(key, row, static_cast<std::uint32_t>(first / kDropoutBlock),
                    static_cast<std::uint32_t>(tile_x()));
  const bool upper = first % kDropoutBlock != 0;
#pragma unroll
  for (int j = 0; j < kShare; ++j)
    keep[j] = upper ? group.multiplier[kShare + j] : group.multiplier[j];
}

// Lets a kernel use more shared memory than the 48 KiB that every kernel has.
template <class Kernel>
void allow_shared_memory(Kernel* kernel, std::size_t bytes, const char* name) {
  cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                       static_cast<int>(bytes));
  check_launch(name);
}

}  // namespace unimo::trainer
