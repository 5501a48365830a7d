// Device kernels over the flat buffers of a model: squares of gradients, AdamW, sums that do not
// depend on their order. All pointers are device memory; calls return before the work is done.
#pragma once

#include <cstdint>

#include "trainer/cuda/device_types.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {

// A run of values that one block works on; it begins at a multiple of 16 and its count is one, the
// gaps between parameters being zeros.
struct DevicePiece {
  std::int64_t begin = 0;
  std::int32_t count = 0;
  std::int32_t decay = 0;  // 0 or 1
};

// squares[i] = the sum of the squares of piece i, in double; not finite when any gradient is not.
void device_piece_squares(const float* gradients, const DevicePiece* pieces,
                          std::int64_t piece_count, double* squares, DeviceStream stream);

struct DeviceAdamW {
  float* values = nullptr;
  const float* gradients = nullptr;
  float* first = nullptr;
  float* second = nullptr;
  void* low = nullptr;  // the copy that products read: Bf16 or Fp16; null: none
  bool low_is_fp16 = false;
  const DevicePiece* pieces = nullptr;
  std::int64_t piece_count = 0;
  AdamWStep step;  // weight_decay counts for pieces with decay
};
void device_adamw(const DeviceAdamW& work, DeviceStream stream);

// The sums of optim/fixed_point.h, to the bit: sums[i] += values[i] as a multiple of 2^-50, then
// values[i] = 0; *out_of_range becomes 1 when any value is not finite or larger than `largest`, and
// stays as it is otherwise.
void device_add_fixed_point(float* values, std::int64_t count, double largest, long long* sums,
                            std::int32_t* out_of_range, DeviceStream stream);
// values[i] = sums[i] as a float; then sums[i] = 0.
void device_take_fixed_point(long long* sums, std::int64_t count, float* values,
                             DeviceStream stream);

}  // namespace unimo::trainer
