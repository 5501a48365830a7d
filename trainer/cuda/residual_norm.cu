// Dropout, residual and norm in one pass over the rows; see row_kernels.h.
#include <type_traits>

#include "trainer/cuda/rows.cuh"

namespace unimo::trainer {

namespace {

constexpr int kForwardWarps = 8;

template <class T, int kPasses>
__global__ void __launch_bounds__(kForwardWarps* kWarp) residual_norm(ResidualNorm<T> w) {
  const std::int64_t row =
      static_cast<std::int64_t>(blockIdx.x) * kForwardWarps + threadIdx.x / kWarp;
  if (row >= w.rows) return;
  const int columns = static_cast<int>(w.columns);
  const std::int64_t base = row * w.columns;
  RowShare<kPasses> x;
  for_columns<kPasses>(columns, [&](int c, int i) {
    x.value[i] = load(w.x + base + c) + (w.bias == nullptr ? 0.0F : w.bias[c]);
  });
  drop(w.key, static_cast<std::uint32_t>(row), x);
  if (w.residual != nullptr) {
    for_columns<kPasses>(columns, [&](int c, int i) { x.value[i] += load(w.residual + base + c); });
  }
  float mean, rstd;
  row_moments(x, columns, mean, rstd);
  if (threadIdx.x % kWarp == 0) w.rstd[row] = rstd;
  for_columns<kPasses>(columns, [&](int c, int i) {
    const float hat = (x.value[i] - mean) * rstd;
    store(w.hat + base + c, hat);
    store(w.y + base + c, hat * w.gamma[c] + w.beta[c]);
  });
}

template <class T, int kPasses>
__global__ void __launch_bounds__(kBackwardWarps<kPasses>* kWarp)
    residual_norm_backward(ResidualNormBackward<T> w) {
  constexpr int kWarps = kBackwardWarps<kPasses>;
  extern __shared__ float space[];
  const int columns = static_cast<int>(w.columns);
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kPartialRows;
  const std::int64_t end = min(first + kPartialRows, w.rows);
  RowShare<kPasses> dgamma, dbeta, dbias;
  for (std::int64_t row = first + threadIdx.x / kWarp; row < end; row += kWarps) {
    const std::int64_t base = row * w.columns;
    RowShare<kPasses> g, hat;
    float sum_g = 0, sum_g_hat = 0;
    for_columns<kPasses>(columns, [&](int c, int i) {
      const float dy = load(w.dy + base + c);
      const float gamma = w.gamma[c];
      hat.value[i] = load(w.hat + base + c);
      g.value[i] = dy * gamma;
      dgamma.value[i] += dy * hat.value[i];
      dbeta.value[i] += dy;
      sum_g += g.value[i];
      sum_g_hat += g.value[i] * hat.value[i];
      if (w.y != nullptr) store(w.y + base + c, hat.value[i] * gamma + w.beta[c]);
    });
    const float mean_g = warp_sum(sum_g) / static_cast<float>(columns);
    const float mean_g_hat = warp_sum(sum_g_hat) / static_cast<float>(columns);
    const float rstd = w.rstd[row];
    for_columns<kPasses>(columns, [&](int c, int i) {
      g.value[i] = norm_slope(g.value[i], mean_g, hat.value[i], mean_g_hat, rstd);
      store(w.ds + base + c, g.value[i]);
    });
    drop(w.key, static_cast<std::uint32_t>(row), g);
    for_columns<kPasses>(columns, [&](int c, int i) {
      store(w.dx + base + c, g.value[i]);
      dbias.value[i] += g.value[i];
    });
  }
  float* partial = w.partials + static_cast<std::int64_t>(blockIdx.x) * 3 * w.columns;
  store_partial<kPasses, kWarps>(dgamma, columns, space, partial);
  store_partial<kPasses, kWarps>(dbeta, columns, space, partial + w.columns);
  store_partial<kPasses, kWarps>(dbias, columns, space, partial + 2 * w.columns);
}

}  // namespace

template <class T>
void device_residual_norm(const ResidualNorm<T>& work, DeviceStream stream) {
  if (work.rows == 0) return;
  with_passes(work.columns, [&](auto passes) {
    residual_norm<T, passes.value>
        <<<blocks_for(work.rows, kForwardWarps), kForwardWarps * kWarp, 0, stream>>>(work);
  });
  check_launch("residual_norm");
}

template <class T>
void device_residual_norm_backward(const ResidualNormBackward<T>& work, DeviceStream stream) {
  if (work.rows == 0) return;
  with_passes(work.columns, [&](auto passes) {
    constexpr int kWarps = kBackwardWarps<passes.value>;
    const std::size_t shared = static_cast<std::size_t>(kWarps * work.columns) * sizeof(float);
    residual_norm_backward<T, passes.value>
        <<<blocks_for(work.rows, kPartialRows), kWarps * kWarp, shared, stream>>>(work);
  });
  check_launch("residual_norm_backward");
}

template void device_residual_norm(const ResidualNorm<float>&, DeviceStream);
template void device_residual_norm(const ResidualNorm<Bf16>&, DeviceStream);
template void device_residual_norm(const ResidualNorm<Fp16>&, DeviceStream);
template void device_residual_norm_backward(const ResidualNormBackward<float>&, DeviceStream);
template void device_residual_norm_backward(const ResidualNormBackward<Bf16>&, DeviceStream);
template void device_residual_norm_backward(const ResidualNormBackward<Fp16>&, DeviceStream);

}  // namespace unimo::trainer
