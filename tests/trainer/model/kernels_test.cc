// Every instruction set against the plain formulas of the standard library.
#include "trainer/model/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "trainer/model/counter_key.h"

namespace unimo::trainer {
namespace {

class KernelSets : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    kernels_ = kernels_named(GetParam());
    if (kernels_ == nullptr) GTEST_SKIP() << "this processor has no " << GetParam();
  }
  const Kernels* kernels_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(All, KernelSets, testing::Values("plain", "avx2", "avx512", "avx512bf16"));

std::vector<float> ramp(std::size_t count, float low, float high) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = low + (high - low) * static_cast<float>(i) / static_cast<float>(count - 1);
  }
  return values;
}

double gelu(double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }

TEST_P(KernelSets, GeluIsTheExactOne) {
  std::vector<float> x = ramp(1024, -8, 8);
  const std::vector<float> input = x;
  const std::vector<float> bias(1024, 0.0F);
  std::vector<float> pre(1024), act(1024);
  kernels_->f32.bias_gelu(x.data(), bias.data(), pre.data(), act.data(), 1, 1024);
  for (std::size_t i = 0; i < act.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(act[i]), gelu(static_cast<double>(input[i])), 1e-6) << input[i];
  }
}

TEST_P(KernelSets, GeluSlopeIsThatOfTheExactOne) {
  const std::vector<float> x = ramp(1024, -6, 6);
  const std::vector<float> ones(1024, 1.0F);
  std::vector<float> du(1024), act(1024), sums(1024);
  kernels_->f32.gelu_backward(ones.data(), x.data(), du.data(), act.data(), sums.data(), 1, 1024);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto at = static_cast<double>(x[i]);
    EXPECT_NEAR(static_cast<double>(du[i]), (gelu(at + 1e-5) - gelu(at - 1e-5)) / 2e-5, 2e-6) << at;
  }
}

TEST_P(KernelSets, Bf16RoundsToNearestEven) {
  const std::vector<float> values = {
      1.0F, 1.00390625F, 1.01171875F, -0.1F, 1e-30F, 3e38F, std::numeric_limits<float>::infinity()};
  const std::vector<std::uint16_t> wanted = {0x3F80, 0x3F80, 0x3F82, 0xBDCD,
                                             0x0DA2, 0x7F62, 0x7F80};
  std::vector<Bf16> out(values.size());
  kernels_->bf16.from_float(values.data(), out.data(), static_cast<std::int64_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(out[i].bits, wanted[i]) << values[i];
}

TEST_P(KernelSets, Bf16KeepsWhatIsNotANumber) {
  const std::vector<float> values(20, std::nanf(""));
  std::vector<Bf16> out(20);
  std::vector<float> back(20);
  kernels_->bf16.from_float(values.data(), out.data(), 20);
  kernels_->bf16.to_float(out.data(), back.data(), 20);
  for (const float v : back) EXPECT_TRUE(std::isnan(v));
}

TEST_P(KernelSets, DropoutDropsItsShare) {
  const DropoutKey key = dropout_key(1, 2, 3, 4, 0.1);
  std::vector<float> row(160);
  int dropped = 0;
  double sum = 0;
  for (std::uint32_t r = 0; r < 1000; ++r) {
    kernels_->dropout_row(key, r, row.data(), 160);
    for (const float v : row) {
      dropped += v == 0.0F ? 1 : 0;
      sum += static_cast<double>(v);
    }
  }
  EXPECT_NEAR(dropped, 16000, 500);
  EXPECT_NEAR(sum / 160000, 1.0, 0.004);
}

TEST_P(KernelSets, DropoutOfARowIsTheSameInEverySet) {
  const DropoutKey key = dropout_key(9, 8, 7, 6, 0.3);
  std::vector<float> here(213), plain(213);
  kernels_->dropout_row(key, 5, here.data(), 213);
  kernels_named("plain")->dropout_row(key, 5, plain.data(), 213);
  EXPECT_EQ(here, plain);
}

// The counter mode's published answer: all counters and keys zero.
TEST_P(KernelSets, RandomWordsArePhilox) {
  const std::uint32_t key[2] = {0, 0};
  std::vector<std::uint32_t> words(64);
  kernels_->random_words(key, 0, 0, words.data(), 64);
  EXPECT_EQ(words[0], 0x6627E8D5U);
  EXPECT_EQ(words[16], 0xE169C58DU);
  EXPECT_EQ(words[32], 0xBC57AC4CU);
  EXPECT_EQ(words[48], 0x9B00DBD8U);
}

TEST_P(KernelSets, ProductOfPackedMatricesIsTheProduct) {
  constexpr std::int64_t kDepth = 70;
  constexpr std::int64_t kColumns = 50;
  std::vector<float> a = ramp(7 * kDepth, -1, 1);
  std::vector<float> b = ramp(kColumns * kDepth, 2, -1);  // [columns, depth]
  std::vector<float> packed(kDepth * kPanel), c(7 * kPanel);
  kernels_->f32.pack_float_transposed(b.data(), kDepth, kDepth, kColumns, packed.data());
  kernels_->f32.multiply(a.data(), kDepth, packed.data(), c.data(), kPanel, 7, kDepth, false);
  for (std::int64_t i = 0; i < 7; ++i) {
    for (std::int64_t j = 0; j < kPanel; ++j) {
      double sum = 0;
      for (std::int64_t d = 0; d < kDepth && j < kColumns; ++d) {
        sum += static_cast<double>(a[static_cast<std::size_t>(i * kDepth + d)]) *
               static_cast<double>(b[static_cast<std::size_t>(j * kDepth + d)]);
      }
      EXPECT_NEAR(static_cast<double>(c[static_cast<std::size_t>(i * kPanel + j)]), sum, 1e-4);
    }
  }
}

TEST_P(KernelSets, Bf16ProductIsThatOfTheRoundedValues) {
  constexpr std::int64_t kDepth = 34;
  std::vector<float> a = ramp(3 * kDepth, -1, 1);
  std::vector<float> b = ramp(kPanel * kDepth, 2, -1);  // [depth, columns]
  std::vector<Bf16> low_a(a.size()), packed(b.size());
  std::vector<float> c(3 * kPanel), back(b.size());
  kernels_->bf16.from_float(a.data(), low_a.data(), static_cast<std::int64_t>(a.size()));
  kernels_->bf16.to_float(low_a.data(), a.data(), static_cast<std::int64_t>(a.size()));
  kernels_->bf16.pack_float_rows(b.data(), kPanel, kDepth, kPanel, packed.data());
  std::vector<Bf16> low_b(b.size());
  kernels_->bf16.from_float(b.data(), low_b.data(), static_cast<std::int64_t>(b.size()));
  kernels_->bf16.to_float(low_b.data(), back.data(), static_cast<std::int64_t>(b.size()));
  kernels_->bf16.multiply(low_a.data(), kDepth, packed.data(), c.data(), kPanel, 3, kDepth, false);
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < kPanel; ++j) {
      double sum = 0;
      for (std::int64_t d = 0; d < kDepth; ++d) {
        sum += static_cast<double>(a[static_cast<std::size_t>(i * kDepth + d)]) *
               static_cast<double>(back[static_cast<std::size_t>(d * kPanel + j)]);
      }
      EXPECT_NEAR(static_cast<double>(c[static_cast<std::size_t>(i * kPanel + j)]), sum, 1e-4);
    }
  }
}

// Subnormal halves, ties, and what is too large.
TEST_P(KernelSets, HalvesRoundToNearestEven) {
  const std::vector<float> values = {1.0F,  1.00048828125F, 1.00146484375F, -0.1F,
                                     6e-8F, 65504.0F,       65520.0F,       1e-30F};
  const std::vector<std::uint16_t> wanted = {0x3C00, 0x3C00, 0x3C02, 0xAE66,
                                             0x0001, 0x7BFF, 0x7C00, 0x0000};
  std::vector<Fp16> out(values.size());
  kernels_->fp16.from_float(values.data(), out.data(), static_cast<std::int64_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(out[i].bits, wanted[i]) << values[i];
}

// All sums of a product are one chain over depth, so that a row's result does not depend on how
// many rows are multiplied with it.
TEST_P(KernelSets, RowsOfAProductDoNotDependOnTheirNumber) {
  constexpr std::int64_t kDepth = 300;
  const std::vector<float> a = ramp(13 * kDepth, -1, 1.3F);
  const std::vector<float> b = ramp(kDepth * kPanel, 2, -1);
  std::vector<float> packed(b.size()), together(13 * kPanel), alone(13 * kPanel);
  kernels_->f32.pack_float_rows(b.data(), kPanel, kDepth, kPanel, packed.data());
  kernels_->f32.multiply(a.data(), kDepth, packed.data(), together.data(), kPanel, 13, kDepth,
                         false);
  for (std::int64_t r = 0; r < 13; ++r) {
    kernels_->f32.multiply(a.data() + r * kDepth, kDepth, packed.data(), alone.data() + r * kPanel,
                           kPanel, 1, kDepth, false);
  }
  EXPECT_EQ(together, alone);
}

TEST_P(KernelSets, TransposeTurnsRowsIntoColumns) {
  constexpr std::int64_t kRows = 37;
  constexpr std::int64_t kColumns = 21;
  const std::vector<float> in = ramp(kRows * kColumns, 0, 1);
  std::vector<float> out(kColumns * 64, -1.0F);
  kernels_->f32.transpose(in.data(), kColumns, kRows, kColumns, out.data(), 64);
  for (std::int64_t c = 0; c < kColumns; ++c) {
    for (std::int64_t r = 0; r < 64; ++r) {
      const float wanted = r < kRows ? in[static_cast<std::size_t>(r * kColumns + c)] : 0.0F;
      EXPECT_EQ(out[static_cast<std::size_t>(c * 64 + r)], wanted) << r << " " << c;
    }
  }
}

TEST_P(KernelSets, RunningSoftmaxSumIsThatOfTheWhole) {
  const std::vector<float> logits = ramp(777, -20, 30);
  float maximum = -1e30F;
  double sum_exp = 0;
  double sum = 0;
  kernels_->accumulate_logits(logits.data(), 500, maximum, sum_exp, sum);
  kernels_->accumulate_logits(logits.data() + 500, 277, maximum, sum_exp, sum);
  double wanted = 0;
  for (const float v : logits) wanted += std::exp(static_cast<double>(v) - 30);
  EXPECT_NEAR(sum_exp, wanted, 1e-5 * wanted);
  EXPECT_NEAR(sum, 777 * 5.0, 0.5);
}

TEST(Kernels, ProductsOfPairsAreNearThoseOfFloats) {
  const Kernels* set = kernels_named("avx512bf16");
  if (set == nullptr) GTEST_SKIP() << "this processor has no instruction for pairs of bf16";
  constexpr std::int64_t kDepth = 70;
  const std::vector<float> a = ramp(9 * kDepth, -1, 1);
  const std::vector<float> b = ramp(kDepth * kPanel, 2, -1);
  std::vector<Bf16> low(a.size()), packed(b.size());
  std::vector<float> pairs(9 * kPanel, 1.0F), floats(9 * kPanel, 1.0F);
  set->bf16.from_float(a.data(), low.data(), static_cast<std::int64_t>(a.size()));
  set->bf16.pack_float_rows(b.data(), kPanel, kDepth, kPanel, packed.data());
  set->multiply_pairs(low.data(), kDepth, packed.data(), pairs.data(), kPanel, 9, kDepth, true);
  set->bf16.multiply(low.data(), kDepth, packed.data(), floats.data(), kPanel, 9, kDepth, true);
  for (std::size_t i = 0; i < pairs.size(); ++i) EXPECT_NEAR(pairs[i], floats[i], 1e-4) << i;
}

}  // namespace
}  // namespace unimo::trainer
