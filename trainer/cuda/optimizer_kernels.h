// Device kernels over the flat buffers of a model: gradient norm, AdamW, sums that do not depend on
// their order. All pointers are device memory; calls return before the work is done.
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

// *norm = the root of the sum of the squares, summed in double in the order of the pieces; not
// finite when any gradient is not. `squares` has piece_count places.
void device_gradient_norm(const float* gradients, const DevicePiece* pieces,
                          std::int64_t piece_count, double* squares, double* norm,
                          DeviceStream stream);

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

// sums[i] += gradients[i] as a multiple of 2^-50; *overflow becomes 1 when any does not fit, and
// stays as it is otherwise. Integers: any order of calls gives the same sums.
void device_add_fixed_point(const float* gradients, std::int64_t count, long long* sums,
                            std::int32_t* overflow, DeviceStream stream);
void device_from_fixed_point(const long long* sums, std::int64_t count, float* gradients,
                             DeviceStream stream);

}  // namespace unimo::trainer
