// Embeddings of text and image rows with their norm and dropout; see row_kernels.h.
#include <type_traits>

#include "trainer/cuda/rows.cuh"

namespace unimo::trainer {

namespace {

constexpr int kForwardWarps = 8;
constexpr int kBoxSize = 5;

__device__ __forceinline__ float source_value(const EmbeddingSource& s, std::int64_t i,
                                              std::int64_t columns, int c) {
  float sum;
  if (s.words != nullptr) {
    sum = s.words[s.tokens[i] * columns + c] + s.positions[s.places[i] * columns + c];
    if (s.role_ids != nullptr && s.role_ids[i] >= 0) sum += s.roles[s.role_ids[i] * columns + c];
    if (s.turn_ids != nullptr && s.turn_ids[i] >= 0) sum += s.turns[s.turn_ids[i] * columns + c];
  } else {
    float box = s.box_bias[c];
#pragma unroll
    for (int k = 0; k < kBoxSize; ++k)
      box += s.box_weight[c * kBoxSize + k] * s.boxes[i * kBoxSize + k];
    sum = s.projected[i * columns + c] + s.feature_bias[c] + box;
  }
  return s.delta == nullptr ? sum : sum + s.delta[i * columns + c];
}

template <class T, int kPasses>
__global__ void __launch_bounds__(kForwardWarps* kWarp) embedding_norm(EmbeddingNorm<T> w) {
  const std::int64_t i =
      static_cast<std::int64_t>(blockIdx.x) * kForwardWarps + threadIdx.x / kWarp;
  if (i >= w.count) return;
  const int columns = static_cast<int>(w.columns);
  RowShare<kPasses> x;
  for_columns<kPasses>(columns,
                       [&](int c, int k) { x.value[k] = source_value(w.source, i, w.columns, c); });
  float mean, rstd;
  row_moments(x, columns, mean, rstd);
  if (threadIdx.x % kWarp == 0) w.rstd[i] = rstd;
  for_columns<kPasses>(columns, [&](int c, int k) {
    const float hat = (x.value[k] - mean) * rstd;
    store(w.hat + i * w.columns + c, hat);
    x.value[k] = hat * w.gamma[c] + w.beta[c];
  });
  drop(w.key, static_cast<std::uint32_t>(i), x);
  T* out = w.out + static_cast<std::int64_t>(w.rows[i]) * w.columns;
  for_columns<kPasses>(columns, [&](int c, int k) { store(out + c, x.value[k]); });
}

template <class T, int kPasses>
__global__ void __launch_bounds__(kBackwardWarps<kPasses>* kWarp)
    embedding_norm_backward(EmbeddingNormBackward<T> w) {
  constexpr int kWarps = kBackwardWarps<kPasses>;
  extern __shared__ float space[];
  const int columns = static_cast<int>(w.columns);
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kPartialRows;
  const std::int64_t end = min(first + kPartialRows, w.count);
  RowShare<kPasses> dgamma, dbeta, dsum;
  for (std::int64_t i = first + threadIdx.x / kWarp; i < end; i += kWarps) {
    const T* dy = w.dy + static_cast<std::int64_t>(w.rows[i]) * w.columns;
    RowShare<kPasses> g, hat;
    for_columns<kPasses>(columns, [&](int c, int k) { g.value[k] = load(dy + c); });
    drop(w.key, static_cast<std::uint32_t>(i), g);
    float sum_g = 0, sum_g_hat = 0;
    for_columns<kPasses>(columns, [&](int c, int k) {
      hat.value[k] = load(w.hat + i * w.columns + c);
      dgamma.value[k] += g.value[k] * hat.value[k];
      dbeta.value[k] += g.value[k];
      g.value[k] *= w.gamma[c];
      sum_g += g.value[k];
      sum_g_hat += g.value[k] * hat.value[k];
    });
    const float mean_g = warp_sum(sum_g) / static_cast<float>(columns);
    const float mean_g_hat = warp_sum(sum_g_hat) / static_cast<float>(columns);
    const float rstd = w.rstd[i];
    for_columns<kPasses>(columns, [&](int c, int k) {
      const float d = norm_slope(g.value[k], mean_g, hat.value[k], mean_g_hat, rstd);
      w.dsource[i * w.columns + c] = d;
      dsum.value[k] += d;
    });
  }
  float* partial = w.partials + static_cast<std::int64_t>(blockIdx.x) * 3 * w.columns;
  store_partial<kPasses, kWarps>(dgamma, columns, space, partial);
  store_partial<kPasses, kWarps>(dbeta, columns, space, partial + w.columns);
  store_partial<kPasses, kWarps>(dsum, columns, space, partial + 2 * w.columns);
}

// partials[block][column * 5 + k]: a thread has one column of one block of rows.
__global__ void box_gradient(const float* d, const float* boxes, std::int64_t count,
                             std::int64_t columns, float* partials) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (c >= columns) return;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.y) * kPartialRows;
  const std::int64_t end = min(first + kPartialRows, count);
  float sums[kBoxSize] = {};
  for (std::int64_t i = first; i < end; ++i) {
    const float value = d[i * columns + c];
#pragma unroll
    for (int k = 0; k < kBoxSize; ++k) sums[k] += value * boxes[i * kBoxSize + k];
  }
  float* out = partials + (blockIdx.y * columns + c) * kBoxSize;
#pragma unroll
  for (int k = 0; k < kBoxSize; ++k) out[k] = sums[k];
}

__global__ void dropout_mask(DropoutKey key, std::int64_t rows, std::int64_t columns, float* mask) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= rows * columns) return;
  mask[i] = dropout_multiplier(key, static_cast<std::uint32_t>(i / columns),
                               static_cast<std::uint32_t>(i % columns));
}

}  // namespace

template <class T>
void device_embedding_norm(const EmbeddingNorm<T>& work, DeviceStream stream) {
  if (work.count == 0) return;
  with_passes(work.columns, [&](auto passes) {
    embedding_norm<T, passes.value>
        <<<blocks_for(work.count, kForwardWarps), kForwardWarps * kWarp, 0, stream>>>(work);
  });
  check_launch("embedding_norm");
}

template <class T>
void device_embedding_norm_backward(const EmbeddingNormBackward<T>& work, DeviceStream stream) {
  if (work.count == 0) return;
  with_passes(work.columns, [&](auto passes) {
    constexpr int kWarps = kBackwardWarps<passes.value>;
    const std::size_t shared = static_cast<std::size_t>(kWarps * work.columns) * sizeof(float);
    embedding_norm_backward<T, passes.value>
        <<<blocks_for(work.count, kPartialRows), kWarps * kWarp, shared, stream>>>(work);
  });
  check_launch("embedding_norm_backward");
}

void device_add_box_gradient(const float* d, const float* boxes, std::int64_t count,
                             std::int64_t columns, float* partials, float* box_weight,
                             DeviceStream stream) {
  if (count == 0) return;
  constexpr unsigned kThreads = 128;
  const dim3 grid(blocks_for(columns, kThreads), blocks_for(count, kPartialRows));
  box_gradient<<<grid, kThreads, 0, stream>>>(d, boxes, count, columns, partials);
  check_launch("box_gradient");
  device_add_partials(partials, columns * kBoxSize, partial_blocks(count), columns * kBoxSize,
                      box_weight, stream);
}

void device_dropout_mask(const DropoutKey& key, std::int64_t rows, std::int64_t columns,
                         float* mask, DeviceStream stream) {
  if (rows * columns == 0) return;
  dropout_mask<<<blocks_for(rows * columns, 256), 256, 0, stream>>>(key, rows, columns, mask);
  check_launch("dropout_mask");
}

template void device_embedding_norm(const EmbeddingNorm<float>&, DeviceStream);
template void device_embedding_norm(const EmbeddingNorm<Bf16>&, DeviceStream);
template void device_embedding_norm(const EmbeddingNorm<Fp16>&, DeviceStream);
template void device_embedding_norm_backward(const EmbeddingNormBackward<float>&, DeviceStream);
template void device_embedding_norm_backward(const EmbeddingNormBackward<Bf16>&, DeviceStream);
template void device_embedding_norm_backward(const EmbeddingNormBackward<Fp16>&, DeviceStream);

}  // namespace unimo::trainer
