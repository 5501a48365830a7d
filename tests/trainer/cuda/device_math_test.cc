// The arithmetic of the GPU's elements, compiled for the processor, against the processor's
// kernels.
#include "trainer/cuda/device_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "trainer/data/random.h"
#include "trainer/model/counter_key.h"
#include "trainer/model/kernels.h"
#include "trainer/optim/fixed_point.h"

namespace unimo::trainer {
namespace {

std::vector<float> values(std::size_t count, float spread, std::uint64_t stream) {
  Random random({.seed = 7, .stream = stream});
  std::vector<float> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<float>(random.normal()) * spread);
  return out;
}

TEST(DeviceMath, PhiloxGivesTheWordsOfTheReference) {
  // Known answers of Salmon et al., Random123's kat_vectors.
  const PhiloxWords zeros = philox_words(0, 0, 0, 0, 0, 0);
  EXPECT_EQ(zeros.word[0], 0x6627E8D5U);
  EXPECT_EQ(zeros.word[1], 0xE169C58DU);
  EXPECT_EQ(zeros.word[2], 0xBC57AC4CU);
  EXPECT_EQ(zeros.word[3], 0x9B00DBD8U);
}

TEST(DeviceMath, DropsWhatTheProcessorDrops) {
  for (const double rate : {0.0, 0.1, 0.5}) {
    const DropoutKey key = dropout_key(11, 5, 2, 17, rate);
    for (const std::uint32_t row : {0U, 3U, 70000U}) {
      for (const std::int64_t columns : {16, 128, 144, 768, 1000}) {
        std::vector<float> wanted(static_cast<std::size_t>(columns));
        kernels().dropout_row(key, row, wanted.data(), columns);
        for (std::uint32_t c = 0; c < columns; ++c)
          ASSERT_EQ(dropout_multiplier(key, row, c), wanted[c]) << rate << " " << row << " " << c;
      }
    }
  }
}

TEST(DeviceMath, AGroupHoldsTheMultipliersOfItsEightColumns) {
  const DropoutKey key = dropout_key(3, 1, 0, 40, 0.3);
  for (std::uint32_t block = 0; block < 3; ++block) {
    for (std::uint32_t lane = 0; lane < 16; ++lane) {
      const DropoutGroup group = dropout_group(key, 9, block, lane);
      for (std::uint32_t g = 0; g < 8; ++g)
        ASSERT_EQ(group.multiplier[g], dropout_multiplier(key, 9, block * 128 + lane + 16 * g));
    }
  }
}

TEST(DeviceMath, GeluIsThatOfTheProcessor) {
  std::vector<float> x = values(256, 2, 1);
  const std::vector<float> before = x, ones(256, 1.0F), zeros(16, 0.0F);
  std::vector<float> act(256), slope(256), again(256), sums(16);
  kernels().f32.bias_gelu(x.data(), zeros.data(), x.data(), act.data(), 16, 16);
  kernels().f32.gelu_backward(ones.data(), before.data(), slope.data(), again.data(), sums.data(),
                              16, 16);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(gelu_value(before[i]), act[i], 1e-6);
    EXPECT_NEAR(gelu_slope(before[i]), slope[i], 1e-6);
  }
}

TEST(DeviceMath, NormSlopeIsThatOfTheProcessor) {
  constexpr std::int64_t kColumns = 64;
  const std::vector<float> dy = values(kColumns, 1, 2), x = values(kColumns, 3, 3),
                           gamma = values(kColumns, 1, 4), beta(kColumns, 0.5F);
  std::vector<float> y(kColumns), hat(kColumns), ds(kColumns), dgamma(kColumns), dbeta(kColumns);
  float rstd = 0;
  kernels().f32.residual_norm(x.data(), nullptr, nullptr, DropoutKey{}, 0, gamma.data(),
                              beta.data(), y.data(), hat.data(), &rstd, nullptr, 1, kColumns);
  kernels().f32.norm_backward(dy.data(), hat.data(), &rstd, gamma.data(), beta.data(), ds.data(),
                              dgamma.data(), dbeta.data(), nullptr, 1, kColumns);
  float mean_g = 0, mean_g_hat = 0;
  for (std::size_t c = 0; c < kColumns; ++c) {
    mean_g += dy[c] * gamma[c] / kColumns;
    mean_g_hat += dy[c] * gamma[c] * hat[c] / kColumns;
  }
  for (std::size_t c = 0; c < kColumns; ++c)
    EXPECT_NEAR(norm_slope(dy[c] * gamma[c], mean_g, hat[c], mean_g_hat, rstd), ds[c], 1e-5);
}

TEST(DeviceMath, AdamWMovesWeightsAsTheProcessorDoes) {
  std::vector<float> p = values(64, 1, 5), m = values(64, 0.1F, 6), v(64);
  const std::vector<float> g = values(64, 2, 7);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = m[i] * m[i];
  std::vector<float> p2 = p, m2 = m, v2 = v;
  const AdamWStep step{.lr = 1e-2F,
                       .beta1 = 0.9F,
                       .beta2 = 0.98F,
                       .eps = 1e-6F,
                       .weight_decay = 0.1F,
                       .correction1 = 0.271F,
                       .root_correction2 = 0.24F,
                       .gradient_scale = 0.5F};
  kernels().adamw(p.data(), g.data(), m.data(), v.data(), 64, step);
  for (std::size_t i = 0; i < p.size(); ++i) {
    p2[i] = adamw_value(p2[i], g[i], m2[i], v2[i], step);
    EXPECT_NEAR(p2[i], p[i], 1e-6);
    EXPECT_NEAR(m2[i], m[i], 1e-6);
    EXPECT_NEAR(v2[i], v[i], 1e-6);
  }
}

TEST(DeviceMath, CrossEntropyOfARowIsThatOfTheProcessor) {
  constexpr std::int64_t kVocabulary = 101;
  constexpr float kSmoothing = 0.1F;
  std::vector<float> logits = values(kVocabulary, 2, 8);
  float maximum = -1e30F;
  double sum_exp = 0, sum = 0;
  kernels().accumulate_logits(logits.data(), kVocabulary, maximum, sum_exp, sum);
  RunningSoftmax running, other;
  float plain = 0;
  for (std::size_t c = 0; c < logits.size(); ++c) {
    RunningSoftmax& half = c % 3 == 0 ? running : other;
    half = joined(half, {logits[c], 1});
    plain += logits[c];
  }
  const float lse = log_sum(joined(running, other));
  EXPECT_NEAR(lse, maximum + std::log(sum_exp), 1e-5);
  const double loss = smoothed_loss(static_cast<double>(lse), static_cast<double>(logits[4]),
                                    static_cast<double>(plain), 0.1, kVocabulary);
  EXPECT_NEAR(
      loss,
      static_cast<double>(lse) - 0.9 * static_cast<double>(logits[4]) - 0.1 * sum / kVocabulary,
      1e-5);
  std::vector<float> slopes = logits;
  kernels().softmax_minus(slopes.data(), kVocabulary, lse, kSmoothing / kVocabulary, 1);
  slopes[4] -= 1 - kSmoothing;
  for (std::size_t c = 0; c < slopes.size(); ++c) {
    EXPECT_NEAR(smoothed_slope(logits[c], lse, c == 4, kSmoothing, kVocabulary), slopes[c], 1e-6);
  }
}

TEST(DeviceMath, FixedPointSumsDoNotDependOnTheirOrder) {
  const std::vector<float> g = values(1000, 30, 9);
  long long forwards = 0, backwards = 0;
  double exact = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    forwards += to_fixed_point(g[i]);
    backwards += to_fixed_point(g[g.size() - 1 - i]);
    exact += static_cast<double>(g[i]);
  }
  EXPECT_EQ(forwards, backwards);
  EXPECT_NEAR(static_cast<double>(from_fixed_point(forwards)), exact, 1e-4);
}

TEST(DeviceMath, WhatDoesNotFitFixedPointIsSeen) {
  EXPECT_TRUE(fits_fixed_point(-4096.0F, kFixedPointLimit));
  EXPECT_FALSE(fits_fixed_point(4096.1F, kFixedPointLimit));
  EXPECT_FALSE(fits_fixed_point(2048.0F, kFixedPointLimit / 3));
  EXPECT_FALSE(fits_fixed_point(std::nanf(""), kFixedPointLimit));
  EXPECT_FALSE(fits_fixed_point(-std::numeric_limits<float>::infinity(), kFixedPointLimit));
}

TEST(DeviceMath, FixedPointNumbersAreThoseOfTheProcessor) {
  std::vector<float> g = values(1000, 31, 9);
  g.insert(g.end(), {4096.0F, -4096.0F, 1e-15F, 4.4408921e-16F, -0.0F});
  std::vector<float> taken = g;
  std::vector<std::int64_t> sums(g.size(), 0);
  ASSERT_TRUE(add_fixed(taken, sums, 1));
  for (std::size_t i = 0; i < g.size(); ++i) EXPECT_EQ(to_fixed_point(g[i]), sums[i]) << g[i];
  const std::vector<std::int64_t> whole = sums;
  take_fixed(sums, taken);
  for (std::size_t i = 0; i < g.size(); ++i) EXPECT_EQ(from_fixed_point(whole[i]), taken[i]);
}

TEST(DeviceMath, ASpanSeesItsContextBeforeItself) {
  const SpanColumns span{.begin = 10, .end = 14, .context_begin = 2, .context_end = 5, .causal = 1};
  EXPECT_EQ(span.count(), 7);
  EXPECT_EQ(span.seen(10), 4);
  EXPECT_EQ(span.seen(13), 7);
  for (std::int32_t c = 0; c < span.count(); ++c) EXPECT_EQ(span.column_of(span.row_of(c)), c);
  EXPECT_EQ(span.column_of(5), -1);
  EXPECT_EQ(span.column_of(14), -1);
}

}  // namespace
}  // namespace unimo::trainer
