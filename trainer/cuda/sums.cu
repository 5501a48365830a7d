// Sums over rows in two stages; see row_kernels.h.
#include "trainer/cuda/numbers.cuh"
#include "trainer/cuda/row_kernels.h"

namespace unimo::trainer {

namespace {

// A block is 32 columns wide, so that its reads are whole sectors, and this many rows deep.
constexpr int kDepth = 16;

// The sum of this thread's values over the threads of its column, in order; for threadIdx.y == 0.
__device__ float column_sum(float mine) {
  __shared__ float space[kDepth][kWarp];
  space[threadIdx.y][threadIdx.x] = mine;
  __syncthreads();
  float sum = 0;
  if (threadIdx.y == 0) {
    for (int y = 0; y < kDepth; ++y) sum += space[y][threadIdx.x];
  }
  return sum;
}

__global__ void add_partials(const float* partials, std::int64_t ld, std::int64_t blocks,
                             std::int64_t columns, float* gradient) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kWarp + threadIdx.x;
  float mine = 0;
  if (c < columns) {
#pragma unroll 4
    for (std::int64_t b = threadIdx.y; b < blocks; b += kDepth) mine += partials[b * ld + c];
  }
  const float sum = column_sum(mine);
  if (threadIdx.y == 0 && c < columns) gradient[c] += sum;
}

template <class T>
__global__ void column_sums(const T* x, std::int64_t ld, std::int64_t rows, std::int64_t columns,
                            float* partials) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kWarp + threadIdx.x;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.y) * kPartialRows;
  const std::int64_t end = min(first + kPartialRows, rows);
  float mine = 0;
  if (c < columns) {
#pragma unroll 4
    for (std::int64_t r = first + threadIdx.y; r < end; r += kDepth) mine += load(x + r * ld + c);
  }
  const float sum = column_sum(mine);
  if (threadIdx.y == 0 && c < columns) partials[blockIdx.y * columns + c] = sum;
}

}  // namespace

void device_add_partials(const float* partials, std::int64_t ld, std::int64_t blocks,
                         std::int64_t columns, float* gradient, DeviceStream stream) {
  if (blocks == 0) return;
  add_partials<<<blocks_for(columns, kWarp), dim3(kWarp, kDepth), 0, stream>>>(partials, ld, blocks,
                                                                               columns, gradient);
  check_launch("add_partials");
}

template <class T>
void device_add_column_sums(const T* x, std::int64_t ld, std::int64_t rows, std::int64_t columns,
                            float* partials, float* gradient, DeviceStream stream) {
  if (rows == 0) return;
  const dim3 grid(blocks_for(columns, kWarp), blocks_for(rows, kPartialRows));
  column_sums<<<grid, dim3(kWarp, kDepth), 0, stream>>>(x, ld, rows, columns, partials);
  check_launch("column_sums");
  device_add_partials(partials, columns, partial_blocks(rows), columns, gradient, stream);
}

template void device_add_column_sums(const float*, std::int64_t, std::int64_t, std::int64_t, float*,
                                     float*, DeviceStream);
template void device_add_column_sums(const Bf16*, std::int64_t, std::int64_t, std::int64_t, float*,
                                     float*, DeviceStream);
template void device_add_column_sums(const Fp16*, std::int64_t, std::int64_t, std::int64_t, float*,
                                     float*, DeviceStream);

}  // namespace unimo::trainer
