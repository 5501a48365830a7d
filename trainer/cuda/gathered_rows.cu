// Rows by number, and their sums in a fixed order; see element_kernels.h.
#include "trainer/cuda/element_kernels.h"
#include "trainer/cuda/numbers.cuh"

namespace unimo::trainer {

namespace {

constexpr unsigned kThreads = 128;

template <class T>
__global__ void gather(const T* x, std::int64_t ld, const std::int32_t* rows, std::int64_t columns,
                       T* out, std::int64_t out_ld) {
  const T* from = x + static_cast<std::int64_t>(rows[blockIdx.x]) * ld;
  T* to = out + static_cast<std::int64_t>(blockIdx.x) * out_ld;
  for (std::int64_t c = threadIdx.x; c < columns; c += kThreads) to[c] = from[c];
}

template <class T>
__global__ void piece_sums(const T* x, std::int64_t ld, SegmentPieces plan, std::int64_t columns,
                           float* sums) {
  const std::int32_t begin = plan.pieces[blockIdx.x];
  const std::int32_t end = plan.pieces[blockIdx.x + 1];
  for (std::int64_t c = threadIdx.x; c < columns; c += kThreads) {
    float sum = 0;
#pragma unroll 4
    for (std::int32_t i = begin; i < end; ++i)
      sum += load(x + static_cast<std::int64_t>(plan.order[i]) * ld + c);
    sums[blockIdx.x * columns + c] = sum;
  }
}

template <class T, bool kAdd>
__global__ void store_segments(const float* sums, SegmentPieces plan, std::int64_t columns,
                               T* target, std::int64_t target_ld) {
  const std::int32_t begin = plan.segments[blockIdx.x];
  const std::int32_t end = plan.segments[blockIdx.x + 1];
  T* to = target + static_cast<std::int64_t>(plan.ids[blockIdx.x]) * target_ld;
  for (std::int64_t c = threadIdx.x; c < columns; c += kThreads) {
    float sum = 0;
    for (std::int32_t p = begin; p < end; ++p) sum += sums[p * columns + c];
    store(to + c, kAdd ? load(to + c) + sum : sum);
  }
}

}  // namespace

template <class T>
void device_gather(const T* x, std::int64_t ld, const std::int32_t* rows, std::int64_t count,
                   std::int64_t columns, T* out, std::int64_t out_ld, DeviceStream stream) {
  if (count == 0) return;
  gather<<<static_cast<unsigned>(count), kThreads, 0, stream>>>(x, ld, rows, columns, out, out_ld);
  check_launch("gather");
}

template <class T>
void device_segment_sums(const T* x, std::int64_t ld, const SegmentPieces& plan,
                         std::int64_t columns, float* sums, DeviceStream stream) {
  if (plan.piece_count == 0) return;
  piece_sums<<<static_cast<unsigned>(plan.piece_count), kThreads, 0, stream>>>(x, ld, plan, columns,
                                                                               sums);
  check_launch("piece_sums");
}

template <class T>
void device_segment_store(const float* sums, const SegmentPieces& plan, std::int64_t columns,
                          T* target, std::int64_t target_ld, bool add, DeviceStream stream) {
  if (plan.segment_count == 0) return;
  const auto grid = static_cast<unsigned>(plan.segment_count);
  if (add) {
    store_segments<T, true><<<grid, kThreads, 0, stream>>>(sums, plan, columns, target, target_ld);
  } else {
    store_segments<T, false><<<grid, kThreads, 0, stream>>>(sums, plan, columns, target, target_ld);
  }
  check_launch("store_segments");
}

template void device_gather(const float*, std::int64_t, const std::int32_t*, std::int64_t,
                            std::int64_t, float*, std::int64_t, DeviceStream);
template void device_gather(const Bf16*, std::int64_t, const std::int32_t*, std::int64_t,
                            std::int64_t, Bf16*, std::int64_t, DeviceStream);
template void device_gather(const Fp16*, std::int64_t, const std::int32_t*, std::int64_t,
                            std::int64_t, Fp16*, std::int64_t, DeviceStream);
template void device_segment_sums(const float*, std::int64_t, const SegmentPieces&, std::int64_t,
                                  float*, DeviceStream);
template void device_segment_sums(const Bf16*, std::int64_t, const SegmentPieces&, std::int64_t,
                                  float*, DeviceStream);
template void device_segment_sums(const Fp16*, std::int64_t, const SegmentPieces&, std::int64_t,
                                  float*, DeviceStream);
template void device_segment_store(const float*, const SegmentPieces&, std::int64_t, float*,
                                   std::int64_t, bool, DeviceStream);
template void device_segment_store(const float*, const SegmentPieces&, std::int64_t, Bf16*,
                                   std::int64_t, bool, DeviceStream);
template void device_segment_store(const float*, const SegmentPieces&, std::int64_t, Fp16*,
                                   std::int64_t, bool, DeviceStream);

}  // namespace unimo::trainer
