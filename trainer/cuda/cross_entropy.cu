// The language-model loss; see loss_kernels.h. One block works on one row of logits.
#include "trainer/cuda/device_math.h"
#include "trainer/cuda/loss_kernels.h"
#include "trainer/cuda/numbers.cuh"

namespace unimo::trainer {

namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;

struct RowSums {
  RunningSoftmax softmax;
  float sum = 0;  // of the logits
};

__device__ __forceinline__ RowSums joined_sums(const RowSums& a, const RowSums& b) {
  return {joined(a.softmax, b.softmax), a.sum + b.sum};
}

// The sums of all threads, for thread 0: first inside each warp, then over the warps in order.
__device__ RowSums block_joined(RowSums mine) {
  __shared__ RowSums space[kWarps];
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    const RowSums other = {{__shfl_xor_sync(kAllLanes, mine.softmax.maximum, distance),
                            __shfl_xor_sync(kAllLanes, mine.softmax.sum, distance)},
                           __shfl_xor_sync(kAllLanes, mine.sum, distance)};
    mine = joined_sums(mine, other);
  }
  if (threadIdx.x % kWarp == 0) space[threadIdx.x / kWarp] = mine;
  __syncthreads();
  RowSums all = space[0];
  for (int w = 1; w < kWarps; ++w) all = joined_sums(all, space[w]);
  return all;
}

template <class T>
__global__ void __launch_bounds__(kThreads) loss_rows(LogitRows<T> w, float* lse, double* losses) {
  const T* row = w.logits + static_cast<std::int64_t>(blockIdx.x) * w.ld;
  RowSums mine;
  for (std::int64_t c = threadIdx.x; c < w.vocabulary; c += kThreads) {
    const float logit = load(row + c) + w.bias[c];
    // One exponential for each logit: the sum is scaled only when the maximum grows.
    if (logit > mine.softmax.maximum) {
      mine.softmax.sum = mine.softmax.sum * expf(mine.softmax.maximum - logit) + 1.0F;
      mine.softmax.maximum = logit;
    } else {
      mine.softmax.sum += expf(logit - mine.softmax.maximum);
    }
    mine.sum += logit;
  }
  const RowSums all = block_joined(mine);
  if (threadIdx.x != 0) return;
  const std::int32_t target = w.targets[blockIdx.x];
  const float row_lse = log_sum(all.softmax);
  lse[blockIdx.x] = row_lse;
  losses[blockIdx.x] = smoothed_loss(static_cast<double>(row_lse),
                                     static_cast<double>(load(row + target) + w.bias[target]),
                                     static_cast<double>(all.sum), static_cast<double>(w.smoothing),
                                     static_cast<double>(w.vocabulary));
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    loss_gradient(LogitRows<T> w, const float* lse, const float* scale) {
  T* row = w.logits + static_cast<std::int64_t>(blockIdx.x) * w.ld;
  const float row_lse = lse[blockIdx.x];
  const float factor = *scale;
  const std::int32_t target = w.targets[blockIdx.x];
  const auto vocabulary = static_cast<float>(w.vocabulary);
  for (std::int64_t c = threadIdx.x; c < w.ld; c += kThreads) {
    float d = 0;
    if (c < w.vocabulary) {
      d = smoothed_slope(load(row + c) + w.bias[c], row_lse, c == target, w.smoothing, vocabulary) *
          factor;
    }
    store(row + c, d);
  }
}

__global__ void __launch_bounds__(kThreads)
    sum_in_order(const double* values, std::int64_t count, float* out) {
  __shared__ double space[kWarps];
  double mine = 0;
  for (std::int64_t i = threadIdx.x; i < count; i += kThreads) mine += values[i];
  const double sum = block_sum<kThreads>(mine, space);
  if (threadIdx.x == 0) *out = static_cast<float>(sum);
}

}  // namespace

template <class T>
void device_loss_rows(const LogitRows<T>& rows, float* lse, double* losses, DeviceStream stream) {
  if (rows.rows == 0) return;
  loss_rows<<<static_cast<unsigned>(rows.rows), kThreads, 0, stream>>>(rows, lse, losses);
  check_launch("loss_rows");
}

template <class T>
void device_loss_gradient(const LogitRows<T>& rows, const float* lse, const float* scale,
                          DeviceStream stream) {
  if (rows.rows == 0) return;
  loss_gradient<<<static_cast<unsigned>(rows.rows), kThreads, 0, stream>>>(rows, lse, scale);
  check_launch("loss_gradient");
}

void device_sum(const double* values, std::int64_t count, float* out, DeviceStream stream) {
  sum_in_order<<<1, kThreads, 0, stream>>>(values, count, out);
  check_launch("sum_in_order");
}

template void device_loss_rows(const LogitRows<float>&, float*, double*, DeviceStream);
template void device_loss_rows(const LogitRows<Bf16>&, float*, double*, DeviceStream);
template void device_loss_rows(const LogitRows<Fp16>&, float*, double*, DeviceStream);
template void device_loss_gradient(const LogitRows<float>&, const float*, const float*,
                                   DeviceStream);
template void device_loss_gradient(const LogitRows<Bf16>&, const float*, const float*,
                                   DeviceStream);
template void device_loss_gradient(const LogitRows<Fp16>&, const float*, const float*,
                                   DeviceStream);

}  // namespace unimo::trainer
