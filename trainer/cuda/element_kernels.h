// Device kernels on single elements and on gathered rows: GELU, rows by number.
//
// All pointers are device memory; T is float, Bf16 or Fp16, arithmetic is fp32. Calls return before
// the work is done.
#pragma once

#include <cstdint>

#include "trainer/cuda/device_types.h"

namespace unimo::trainer {

// act = gelu(pre), exact. The count is a multiple of 4.
template <class T>
void device_gelu(const T* pre, T* act, std::int64_t count, DeviceStream stream);

// du = da * gelu'(pre), act = gelu(pre); da and du may be one buffer. Columns are a multiple of 16.
template <class T>
struct GeluBackward {
  const T* da = nullptr;
  const T* pre = nullptr;
  T* du = nullptr;
  T* act = nullptr;  // null: not wanted
  float* partials =
      nullptr;  // [partial_blocks(rows), columns], column sums of du; null: not wanted
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};
template <class T>
void device_gelu_backward(const GeluBackward<T>& work, DeviceStream stream);

// out[i] = x[rows[i]], where rows of x are ld apart and of out out_ld; columns are a multiple of 2.
template <class T>
void device_gather(const T* x, std::int64_t ld, const std::int32_t* rows, std::int64_t count,
                   std::int64_t columns, T* out, std::int64_t out_ld, DeviceStream stream);

// Sums of rows in a fixed order: target row ids[s] (+)= the sum of source rows order[begin[s]] ..
// order[begin[s + 1] - 1], for segments s; see SegmentPlan.
struct SegmentPieces {
  const std::int32_t* order = nullptr;     // [rows], source rows, those of one segment together
  const std::int32_t* pieces = nullptr;    // [piece_count + 1], where each begins in `order`
  const std::int32_t* segments = nullptr;  // [segment_count + 1], where each begins in `pieces`
  const std::int32_t* ids = nullptr;       // [segment_count], target rows
  std::int64_t piece_count = 0;
  std::int64_t segment_count = 0;
};
// `sums` has piece_count * columns places. With add, targets are fp32 and added to.
template <class T>
void device_segment_sums(const T* x, std::int64_t ld, const SegmentPieces& plan,
                         std::int64_t columns, float* sums, DeviceStream stream);
template <class T>
void device_segment_store(const float* sums, const SegmentPieces& plan, std::int64_t columns,
                          T* target, std::int64_t target_ld, bool add, DeviceStream stream);

}  // namespace unimo::trainer
