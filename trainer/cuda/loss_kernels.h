// Device kernels of the language-model loss: statistics of rows of logits, and their gradient in
// place. All pointers are device memory; calls return before the work is done.
#pragma once

#include <cstdint>

#include "trainer/cuda/device_types.h"

namespace unimo::trainer {

// Some rows of logits x W^T, [rows, ld]; the bias is added here, in fp32.
template <class T>
struct LogitRows {
  T* logits = nullptr;
  std::int64_t ld = 0;                    // at least the vocabulary
  const float* bias = nullptr;            // [vocabulary]
  const std::int32_t* targets = nullptr;  // [rows]
  std::int64_t rows = 0;
  std::int64_t vocabulary = 0;
  float smoothing = 0;
};

// lse[row], and losses[row], the cross-entropy with label smoothing.
template <class T>
void device_loss_rows(const LogitRows<T>& rows, float* lse, double* losses, DeviceStream stream);

// logits -> (softmax - smoothed target) * *scale, in place, zeros in the columns behind the
// vocabulary.
template <class T>
void device_loss_gradient(const LogitRows<T>& rows, const float* lse, const float* scale,
                          DeviceStream stream);

// *out = the sum of count numbers, in one order.
void device_sum(const double* values, std::int64_t count, float* out, DeviceStream stream);

}  // namespace unimo::trainer
