// Each device kernel against the processor's, or against a slow obvious version.
#include <ATen/ops/zeros.h>

#include <tuple>

#include "tests/trainer/cuda/gpu_test.h"
#include "trainer/cuda/element_kernels.h"
#include "trainer/cuda/gemm.h"
#include "trainer/cuda/loss_kernels.h"
#include "trainer/cuda/optimizer_kernels.h"
#include "trainer/cuda/row_kernels.h"
#include "trainer/cuda/tables.h"
#include "trainer/model/device_ops.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {
namespace {

TEST(DeviceKernels, DropoutMasksAreThoseOfTheProcessor) {
  REQUIRE_GPU();
  const DropoutKey key = dropout_key(9, 4, 1, 18, 0.1);
  for (const std::int64_t columns : {16, 768, 1000}) {
    const auto seen = host_values(device_mask(key, 37, columns, at::kCUDA));
    std::vector<float> wanted(static_cast<std::size_t>(37 * columns));
    for (std::int64_t r = 0; r < 37; ++r)
      kernels().dropout_row(key, static_cast<std::uint32_t>(r), wanted.data() + r * columns,
                            columns);
    EXPECT_EQ(seen, wanted) << columns;
  }
}

// Rows of every width class, and a count that fills no block.
class RowWidth : public testing::TestWithParam<std::int64_t> {
 protected:
  static constexpr std::int64_t kRows = 300;
  const std::int64_t columns_ = GetParam();
  const DropoutKey key_ = dropout_key(9, 4, 1, 18, 0.2);
  const std::vector<float> x_ = test_values(kRows * columns_, 1),
                           residual_ = test_values(kRows * columns_, 2),
                           dy_ = test_values(kRows * columns_, 3), bias_ = test_values(columns_, 4),
                           gamma_ = test_values(columns_, 5), beta_ = test_values(columns_, 6);
};

TEST_P(RowWidth, ResidualNormIsThatOfTheProcessor) {
  REQUIRE_GPU();
  std::vector<float> y(x_.size()), hat(x_.size()), rstd(kRows);
  kernels().f32.residual_norm(x_.data(), bias_.data(), residual_.data(), key_, 0, gamma_.data(),
                              beta_.data(), y.data(), hat.data(), rstd.data(), nullptr, kRows,
                              columns_);
  const at::Tensor x = on_gpu(x_, {kRows, columns_}),
                   residual = on_gpu(residual_, {kRows, columns_}),
                   bias = on_gpu(bias_, {columns_}), gamma = on_gpu(gamma_, {columns_}),
                   beta = on_gpu(beta_, {columns_}), out = device_empty<float>({kRows, columns_}),
                   device_hat = device_empty<float>({kRows, columns_}),
                   device_rstd = device_empty<float>({kRows});
  device_residual_norm<float>({.x = pointer<float>(x),
                               .bias = pointer<float>(bias),
                               .residual = pointer<float>(residual),
                               .key = key_,
                               .gamma = pointer<float>(gamma),
                               .beta = pointer<float>(beta),
                               .y = pointer<float>(out),
                               .hat = pointer<float>(device_hat),
                               .rstd = pointer<float>(device_rstd),
                               .rows = kRows,
                               .columns = columns_},
                              current_stream());
  EXPECT_LT(largest_gap(host_values(out), y), 2e-5);
  EXPECT_LT(largest_gap(host_values(device_hat), hat), 1e-5);
  EXPECT_LT(largest_gap(host_values(device_rstd), rstd), 1e-5);
}

TEST_P(RowWidth, ResidualNormBackwardIsThatOfTheProcessor) {
  REQUIRE_GPU();
  const auto size = x_.size();
  const auto wide = static_cast<std::size_t>(columns_);
  const std::vector<float> rstd(kRows, 0.7F);
  std::vector<float> ds(size), dx(size), y(size), dgamma(wide), dbeta(wide), dbias(wide);
  kernels().f32.norm_backward(dy_.data(), x_.data(), rstd.data(), gamma_.data(), beta_.data(),
                              ds.data(), dgamma.data(), dbeta.data(), y.data(), kRows, columns_);
  kernels().f32.dropout_backward(ds.data(), key_, 0, dx.data(), dbias.data(), kRows, columns_);
  const at::Tensor dy = on_gpu(dy_, {kRows, columns_}), hat = on_gpu(x_, {kRows, columns_}),
                   device_rstd = on_gpu(rstd, {kRows}), gamma = on_gpu(gamma_, {columns_}),
                   beta = on_gpu(beta_, {columns_}),
                   device_ds = device_empty<float>({kRows, columns_}),
                   device_dx = device_empty<float>({kRows, columns_}),
                   device_y = device_empty<float>({kRows, columns_}),
                   partials = device_empty<float>({partial_blocks(kRows), 3, columns_}),
                   sums = on_gpu(std::vector<float>(3 * wide, 1.0F), {3, columns_});
  device_residual_norm_backward<float>({.dy = pointer<float>(dy),
                                        .hat = pointer<float>(hat),
                                        .rstd = pointer<float>(device_rstd),
                                        .key = key_,
                                        .gamma = pointer<float>(gamma),
                                        .beta = pointer<float>(beta),
                                        .ds = pointer<float>(device_ds),
                                        .dx = pointer<float>(device_dx),
                                        .y = pointer<float>(device_y),
                                        .partials = pointer<float>(partials),
                                        .rows = kRows,
                                        .columns = columns_},
                                       current_stream());
  for (std::int64_t i = 0; i < 3; ++i) {
    device_add_partials(pointer<float>(partials) + i * columns_, 3 * columns_,
                        partial_blocks(kRows), columns_, pointer<float>(sums) + i * columns_,
                        current_stream());
  }
  EXPECT_LT(largest_gap(host_values(device_ds), ds), 2e-5);
  EXPECT_LT(largest_gap(host_values(device_dx), dx), 2e-5);
  EXPECT_LT(largest_gap(host_values(device_y), y), 1e-5);
  std::vector<float> wanted;
  for (const std::vector<float>* part : {&dgamma, &dbeta, &dbias}) {
    for (const float sum : *part) wanted.push_back(1 + sum);  // added to what was there
  }
  EXPECT_LT(largest_gap(host_values(sums), wanted), 2e-4);
}

INSTANTIATE_TEST_SUITE_P(Widths, RowWidth,
                         testing::Values(16, 32, 256, 400, 768, 1024, 1280, 2048));

TEST(DeviceKernels, GeluBackwardIsThatOfTheProcessor) {
  REQUIRE_GPU();
  constexpr std::int64_t kRows = 200, kColumns = 144;
  const std::vector<float> da = test_values(kRows * kColumns, 1),
                           pre = test_values(kRows * kColumns, 2, 2);
  std::vector<float> du(da.size()), act(da.size()), sums(kColumns);
  kernels().f32.gelu_backward(da.data(), pre.data(), du.data(), act.data(), sums.data(), kRows,
                              kColumns);
  const at::Tensor d = on_gpu(da, {kRows, kColumns}), x = on_gpu(pre, {kRows, kColumns}),
                   activation = device_empty<float>({kRows, kColumns}),
                   partials = device_empty<float>({partial_blocks(kRows), kColumns}),
                   bias = on_gpu(std::vector<float>(kColumns, 0.0F), {kColumns});
  device_gelu_backward<float>({.da = pointer<float>(d),
                               .pre = pointer<float>(x),
                               .du = pointer<float>(d),
                               .act = pointer<float>(activation),
                               .partials = pointer<float>(partials),
                               .rows = kRows,
                               .columns = kColumns},
                              current_stream());
  device_add_partials(pointer<float>(partials), kColumns, partial_blocks(kRows), kColumns,
                      pointer<float>(bias), current_stream());
  EXPECT_LT(largest_gap(host_values(d), du), 1e-5);
  EXPECT_LT(largest_gap(host_values(activation), act), 1e-5);
  EXPECT_LT(largest_gap(host_values(bias), sums), 1e-4);
}

TEST(DeviceKernels, ColumnSumsOfAnyWidth) {
  REQUIRE_GPU();
  constexpr std::int64_t kRows = 777, kColumns = 45, kLd = 64;
  const std::vector<float> x = test_values(kRows * kLd, 1);
  const at::Tensor device_x = on_gpu(x, {kRows, kLd}),
                   partials = device_empty<float>({partial_blocks(kRows), kColumns}),
                   sums = on_gpu(std::vector<float>(kColumns, 0.0F), {kColumns});
  device_add_column_sums(pointer<float>(device_x), kLd, kRows, kColumns, pointer<float>(partials),
                         pointer<float>(sums), current_stream());
  std::vector<float> wanted(kColumns);
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t c = 0; c < kColumns; ++c)
      wanted[static_cast<std::size_t>(c)] += x[static_cast<std::size_t>(r * kLd + c)];
  }
  EXPECT_LT(largest_gap(host_values(sums), wanted), 1e-3);
}

TEST(DeviceKernels, RowsOfOneNumberAreAddedUp) {
  REQUIRE_GPU();
  constexpr std::int64_t kRows = 500, kColumns = 32;
  std::vector<std::int32_t> ids;
  for (std::uint64_t i = 0; i < kRows; ++i)
    ids.push_back(static_cast<std::int32_t>(test_number(1, i, i % 2 == 0 ? 3 : 40)));
  const std::vector<float> x = test_values(kRows * kColumns, 2);
  std::vector<float> wanted(40 * kColumns, 2.0F);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (std::size_t c = 0; c < kColumns; ++c)
      wanted[static_cast<std::size_t>(ids[i]) * kColumns + c] += x[i * kColumns + c];
  }
  DeviceTables tables;
  const DeviceSegments segments(plan_segments(ids, 40), tables);
  tables.send(at::kCUDA);
  const SegmentPieces pieces = segments.pieces(tables);
  const at::Tensor device_x = on_gpu(x, {kRows, kColumns}),
                   table = on_gpu(std::vector<float>(wanted.size(), 2.0F), {40, kColumns}),
                   sums = device_empty<float>({pieces.piece_count, kColumns});
  device_segment_sums(pointer<float>(device_x), kColumns, pieces, kColumns, pointer<float>(sums),
                      current_stream());
  device_segment_store(pointer<float>(sums), pieces, kColumns, pointer<float>(table), kColumns,
                       /*add=*/true, current_stream());
  EXPECT_LT(largest_gap(host_values(table), wanted), 1e-4);
}

TEST(DeviceKernels, LossRowsAreThoseOfTheirLogits) {
  REQUIRE_GPU();
  constexpr std::int64_t kRows = 9, kVocabulary = 1003, kLd = 1024;
  const std::vector<float> logits = test_values(kRows * kLd, 1, 3),
                           bias = test_values(kVocabulary, 2);
  const std::vector<std::int32_t> targets = {0, 1002, 5, 7, 9, 100, 1, 2, 3};
  DeviceTables tables;
  const std::size_t place = tables.add(targets);
  tables.send(at::kCUDA);
  const at::Tensor device_logits = on_gpu(logits, {kRows, kLd}),
                   device_bias = on_gpu(bias, {kVocabulary}), lse = device_empty<float>({kRows}),
                   losses = device_empty<double>({kRows}), scale = on_gpu({0.5F}, {1}),
                   sum = device_empty<float>({1});
  const LogitRows<float> rows{.logits = pointer<float>(device_logits),
                              .ld = kLd,
                              .bias = pointer<float>(device_bias),
                              .targets = tables.at(place),
                              .rows = kRows,
                              .vocabulary = kVocabulary,
                              .smoothing = 0.1F};
  device_loss_rows(rows, pointer<float>(lse), pointer<double>(losses), current_stream());
  device_sum(pointer<double>(losses), kRows, pointer<float>(sum), current_stream());
  device_loss_gradient(rows, pointer<float>(lse), pointer<float>(scale), current_stream());
  const auto seen = host_values(device_logits);
  double wanted_sum = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    double total = 0, plain = 0;
    const auto logit = [&](std::size_t c) {
      return static_cast<double>(logits[r * kLd + c]) + static_cast<double>(bias[c]);
    };
    for (std::size_t c = 0; c < kVocabulary; ++c) total += std::exp(logit(c)), plain += logit(c);
    const auto target = static_cast<std::size_t>(targets[r]);
    wanted_sum += std::log(total) - 0.9 * logit(target) - 0.1 * plain / kVocabulary;
    for (std::size_t c = 0; c < kLd; ++c) {
      const double wanted =
          c >= kVocabulary
              ? 0
              : 0.5 * (std::exp(logit(c)) / total - 0.1 / kVocabulary - (c == target ? 0.9 : 0));
      ASSERT_NEAR(static_cast<double>(seen[r * kLd + c]), wanted, 1e-5) << r << " " << c;
    }
  }
  EXPECT_NEAR(static_cast<double>(host_values(sum)[0]), wanted_sum, 1e-3);
}

TEST(DeviceKernels, FixedPointSumsRoundTrip) {
  REQUIRE_GPU();
  const std::vector<float> a = test_values(1000, 1), b = test_values(1000, 2);
  const at::Tensor sums = at::zeros({1000}, at::TensorOptions().dtype(at::kLong).device(at::kCUDA)),
                   overflow = at::zeros({1}, at::TensorOptions().dtype(at::kInt).device(at::kCUDA)),
                   out = device_empty<float>({1000});
  const auto add = [&](const std::vector<float>& values) {
    const at::Tensor x = on_gpu(values, {static_cast<std::int64_t>(values.size())});
    device_add_fixed_point(pointer<float>(x), x.numel(), 4096.0, pointer<long long>(sums),
                           pointer<std::int32_t>(overflow), current_stream());
    EXPECT_EQ(x.abs().sum().item<float>(), 0);
  };
  add(a);
  add(b);
  device_take_fixed_point(pointer<long long>(sums), 1000, pointer<float>(out), current_stream());
  std::vector<float> wanted = a;
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += b[i];
  EXPECT_LT(largest_gap(host_values(out), wanted), 1e-6);
  EXPECT_EQ(overflow.item<int>(), 0);
  add({std::nanf("")});
  EXPECT_EQ(overflow.item<int>(), 1);
}

template <class T>
void check_products(std::int64_t rows, std::int64_t in, std::int64_t out, double tolerance) {
  DeviceGemm gemm;
  const LinearSizes sizes{.rows = rows, .in = in, .out = out, .out_ld = out};
  const auto x = on_gpu_as<T>(test_values(rows * in, 1), {rows, in});
  const auto w = on_gpu_as<T>(test_values(out * in, 2), {out, in});
  const auto dy = on_gpu_as<T>(test_values(rows * out, 3), {rows, out});
  const auto bias = on_gpu(test_values(out, 4), {out});
  const at::Tensor y = device_empty<float>({rows, out}), dx = device_empty<float>({rows, in}),
                   dw = on_gpu(std::vector<float>(static_cast<std::size_t>(out * in), 1.0F),
                               {out, in});
  gemm.forward<T, float>(sizes, pointer<T>(x), pointer<T>(w), pointer<float>(bias),
                         pointer<float>(y));
  gemm.input_gradient<T, float>(sizes, pointer<T>(dy), pointer<T>(w), nullptr, pointer<float>(dx));
  gemm.weight_gradient<T>(sizes, pointer<T>(dy), pointer<T>(x), pointer<float>(dw));
  const at::Tensor X = x.to(at::kDouble), W = w.to(at::kDouble), D = dy.to(at::kDouble);
  EXPECT_LT(largest_gap(host_values(y), host_values(X.matmul(W.t()).add(bias))), tolerance);
  EXPECT_LT(largest_gap(host_values(dx), host_values(D.matmul(W))), tolerance);
  EXPECT_LT(largest_gap(host_values(dw), host_values(D.t().matmul(X).add(1))), tolerance);
}

// Whole and odd shapes, one output (match scores), one row.
TEST(DeviceGemm, ProductsAreThoseOfDoubles) {
  REQUIRE_GPU();
  for (const auto& [rows, in, out] : std::vector<std::tuple<int, int, int>>{
           {300, 256, 1024}, {1, 64, 64}, {77, 32, 50}, {5, 12, 32}, {9, 32, 1}, {64, 768, 1601}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << in << " x " << out);
    check_products<float>(rows, in, out, 2e-3);
    check_products<Bf16>(rows, in, out, 2e-3);
    check_products<Fp16>(rows, in, out, 2e-3);
  }
}

}  // namespace
}  // namespace unimo::trainer
