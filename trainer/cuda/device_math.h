// The arithmetic of single elements on a GPU, as functions that plain C++ compiles as well: tests
// hold them against the processor's kernels (trainer/model/kernels.h), whose formulas they follow.
//
// Nothing here knows of threads or memory. Sums over many elements are the kernels' own, so that
// results are near those of the processor; the random numbers and what they drop are equal.
#pragma once

#include <cmath>
#include <cstdint>

#include "trainer/model/kernels.h"

#if defined(__CUDACC__)
#define UNIMO_ON_DEVICE __host__ __device__ __forceinline__
#else
#define UNIMO_ON_DEVICE inline
#endif

namespace unimo::trainer {

struct PhiloxWords {
  std::uint32_t word[4];
};

// Philox4x32 with 10 rounds (Salmon et al. 2011).
UNIMO_ON_DEVICE PhiloxWords philox_words(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2,
                                         std::uint32_t c3, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = static_cast<std::uint64_t>(c0) * 0xD2511F53U;
    const std::uint64_t p1 = static_cast<std::uint64_t>(c2) * 0xCD9E8D57U;
    const std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    const std::uint32_t n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return {{c0, c1, c2, c3}};
}

// Where the 16 random bits of a column come from: 128 columns share 16 calls, and a call gives the
// bits of eight columns that lie 16 apart (kernels_vector.inc, dropout_block).
inline constexpr int kDropoutBlock = 128;
inline constexpr int kDropoutLanes = 16;
inline constexpr int kDropoutGroups = 8;

// The multipliers (0 or the key's scale) of columns block * 128 + lane + 16 g, g = 0 .. 7.
struct DropoutGroup {
  float multiplier[kDropoutGroups];
};
UNIMO_ON_DEVICE DropoutGroup dropout_group(const DropoutKey& key, std::uint32_t row,
                                           std::uint32_t block, std::uint32_t lane) {
  const PhiloxWords words =
      philox_words(block * kDropoutLanes + lane, row, key.site, key.pass, key.key[0], key.key[1]);
  DropoutGroup group;
  for (int g = 0; g < kDropoutGroups; ++g) {
    const std::uint32_t bits = g % 2 == 0 ? words.word[g / 2] & 0xFFFFU : words.word[g / 2] >> 16;
    group.multiplier[g] = bits < key.threshold ? 0.0F : key.scale;
  }
  return group;
}

// The same for one column; 1 where nothing is dropped.
UNIMO_ON_DEVICE float dropout_multiplier(const DropoutKey& key, std::uint32_t row,
                                         std::uint32_t column) {
  if (key.threshold == 0) return 1.0F;
  const std::uint32_t lane = column % kDropoutLanes;
  const std::uint32_t block = column / kDropoutBlock;
  const std::uint32_t g = column % kDropoutBlock / kDropoutLanes;
  const PhiloxWords words =
      philox_words(block * kDropoutLanes + lane, row, key.site, key.pass, key.key[0], key.key[1]);
  const std::uint32_t pair = g / 2 == 0   ? words.word[0]
                             : g / 2 == 1 ? words.word[1]
                             : g / 2 == 2 ? words.word[2]
                                          : words.word[3];
  const std::uint32_t bits = g % 2 == 0 ? pair & 0xFFFFU : pair >> 16;
  return bits < key.threshold ? 0.0F : key.scale;
}

// x Phi(x), exact (Hendrycks and Gimpel 2016), and its derivative Phi(x) + x phi(x).
UNIMO_ON_DEVICE float normal_share(float x) {
  return 0.5F * (1.0F + erff(x * 0.70710678118654752F));
}
UNIMO_ON_DEVICE float gelu_value(float x) { return x * normal_share(x); }
UNIMO_ON_DEVICE float gelu_slope(float x) {
  return normal_share(x) + x * expf(-0.5F * x * x) * 0.39894228040143268F;
}

inline constexpr float kNormEpsilon = 1e-5F;

// The gradient of one input of a norm, from g = dy * gamma: (g - mean(g) - xhat mean(g xhat)) rstd.
UNIMO_ON_DEVICE float norm_slope(float g, float mean_g, float hat, float mean_g_hat, float rstd) {
  return (g - mean_g - hat * mean_g_hat) * rstd;
}

// A maximum with the sum of exponentials below it; the sum of two of them does not need the values.
struct RunningSoftmax {
  float maximum = -1e30F;
  float sum = 0;  // of exp(value - maximum)
};
UNIMO_ON_DEVICE RunningSoftmax joined(const RunningSoftmax& a, const RunningSoftmax& b) {
  const float top = a.maximum > b.maximum ? a.maximum : b.maximum;
  return {top, a.sum * expf(a.maximum - top) + b.sum * expf(b.maximum - top)};
}
UNIMO_ON_DEVICE float log_sum(const RunningSoftmax& s) { return s.maximum + logf(s.sum); }

// The cross-entropy of a row against (1 - s) onehot + s / V.
UNIMO_ON_DEVICE double smoothed_loss(double lse, double target_logit, double sum_logits,
                                     double smoothing, double vocabulary) {
  return lse - (1 - smoothing) * target_logit - smoothing * sum_logits / vocabulary;
}
// Its derivative by one logit.
UNIMO_ON_DEVICE float smoothed_slope(float logit, float lse, bool is_target, float smoothing,
                                     float vocabulary) {
  const float wanted = smoothing / vocabulary + (is_target ? 1.0F - smoothing : 0.0F);
  return expf(logit - lse) - wanted;
}

// One weight's AdamW step (optim/adamw.h); m and v are updated.
UNIMO_ON_DEVICE float adamw_value(float p, float gradient, float& m, float& v,
                                  const AdamWStep& step) {
  const float g = gradient * step.gradient_scale;
  m = m + (g - m) * (1.0F - step.beta1);
  v = v * step.beta2 + g * g * (1.0F - step.beta2);
  const float keep = 1.0F - step.lr * step.weight_decay;
  const float rate = step.lr / step.correction1;
  return p * keep - m * rate / (sqrtf(v) / step.root_correction2 + step.eps);
}

// Sums that do not depend on their order: gradients as whole multiples of 2^-50, added as integers.
// `largest` is 2^12 over the number of terms (optim/fixed_point.h); what is no number does not fit.
inline constexpr double kFixedPointUnit = 1.0 / (1LL << 50);
inline constexpr double kFixedPointLimit = 4096.0;
UNIMO_ON_DEVICE bool fits_fixed_point(float gradient, double largest) {
  return fabs(static_cast<double>(gradient)) <= largest;
}
UNIMO_ON_DEVICE long long to_fixed_point(float gradient) {
  return llrint(static_cast<double>(gradient) / kFixedPointUnit);
}
UNIMO_ON_DEVICE float from_fixed_point(long long sum) {
  return static_cast<float>(static_cast<double>(sum) * kFixedPointUnit);
}

// Which columns a query row sees, as rows of the batch: its span's context, then the span itself.
struct SpanColumns {
  std::int32_t begin, end;
  std::int32_t context_begin, context_end;
  std::int32_t causal;
  UNIMO_ON_DEVICE std::int32_t context() const { return context_end - context_begin; }
  UNIMO_ON_DEVICE std::int32_t count() const { return context() + end - begin; }
  // Columns [0, seen) are seen by the query in this row of the batch.
  UNIMO_ON_DEVICE std::int32_t seen(std::int32_t query) const {
    return causal != 0 ? context() + query - begin + 1 : count();
  }
  UNIMO_ON_DEVICE std::int32_t row_of(std::int32_t column) const {
    return column < context() ? context_begin + column : begin + column - context();
  }
  // The column in which a row stands, or -1.
  UNIMO_ON_DEVICE std::int32_t column_of(std::int32_t row) const {
    if (row >= begin && row < end) return context() + row - begin;
    return row >= context_begin && row < context_end ? row - context_begin : -1;
  }
};

}  // namespace unimo::trainer
