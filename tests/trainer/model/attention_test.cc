#include "trainer/model/attention.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "trainer/model/counter_key.h"
#include "trainer/model/gemm.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;

const AttentionSizes kSizes{.heads = 2, .head_size = 32};

float number(std::uint64_t stream, std::uint64_t place) {
  return static_cast<float>(counter_key(stream, place).words[0] % 2001) / 1000 - 1;
}

// Two captions that share an image, a bidirectional text longer than a block, a lone row.
std::vector<AttentionSpan> mixed_spans() {
  return {{0, 10, 0, 0, false},
          {10, 17, 0, 10, true},
          {17, 37, 0, 10, true},
          {37, 137, 0, 0, false},
          {137, 138, 0, 0, true}};
}

template <class T>
struct Arrays {
  explicit Arrays(std::int64_t rows_count, std::uint64_t stream = 1) : rows(rows_count) {
    const std::int64_t padded = padded_rows(rows);
    for (Buffer<T>* b : {&qkv, &dqkv}) b->reserve(padded * 3 * kSizes.hidden());
    for (Buffer<T>* b : {&out, &dout}) b->reserve(padded * kSizes.hidden());
    lse.reserve(rows * kSizes.heads);
    fill(qkv, rows * 3 * kSizes.hidden(), stream);
    fill(dout, rows * kSizes.hidden(), stream + 1);
  }
  static void fill(Buffer<T>& b, std::int64_t count, std::uint64_t stream) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = number(stream, i);
    typed_kernels<T>().from_float(values.data(), b.data(), count);
  }
  void run(const std::vector<AttentionSpan>& spans, const DropoutKey& key) {
    const AttentionPlan plan = plan_attention(spans, rows);
    attention_forward(plan, kSizes, key, qkv.data(), out.data(), lse.data());
    attention_backward(plan, kSizes, key, qkv.data(), out.data(), lse.data(), dout.data(),
                       dqkv.data());
  }
  std::vector<float> floats(const Buffer<T>& b, std::int64_t columns) const {
    std::vector<float> values(static_cast<std::size_t>(rows * columns));
    typed_kernels<T>().to_float(b.data(), values.data(), rows * columns);
    return values;
  }
  std::vector<float> out_floats() const { return floats(out, kSizes.hidden()); }
  std::vector<float> dqkv_floats() const { return floats(dqkv, 3 * kSizes.hidden()); }
  std::int64_t rows;
  Buffer<T> qkv, out, dout, dqkv;
  Buffer<float> lse;
};

// The obvious way, in double; dropout multipliers from the kernel.
class SlowAttention {
 public:
  SlowAttention(std::vector<AttentionSpan> spans, std::vector<double> qkv, const DropoutKey& key)
      : spans_(std::move(spans)), qkv_(std::move(qkv)), key_(key) {}

  std::vector<double> out() const {
    const std::int64_t h = kSizes.hidden();
    std::vector<double> result(qkv_.size() / 3);
    for (const AttentionSpan& s : spans_) {
      for (std::int64_t row = s.begin; row < s.end; ++row) {
        for (std::int64_t head = 0; head < kSizes.heads; ++head)
          add_row(s, row, head, &result[static_cast<std::size_t>(row * h)]);
      }
    }
    return result;
  }

 private:
  double at(std::int64_t row, std::int64_t part, std::int64_t head, std::int64_t i) const {
    return qkv_[static_cast<std::size_t>((row * 3 + part) * kSizes.hidden() +
                                         head * kSizes.head_size + i)];
  }
  void add_row(const AttentionSpan& s, std::int64_t row, std::int64_t head, double* out) const {
    std::vector<std::int64_t> seen;
    for (std::int64_t k = s.context_begin; k < s.context_end; ++k) seen.push_back(k);
    for (std::int64_t k = s.begin; k < (s.causal ? row + 1 : s.end); ++k) seen.push_back(k);
    std::vector<float> mask(seen.size());
    kernels().dropout_row(key_, static_cast<std::uint32_t>(row * kSizes.heads + head), mask.data(),
                          static_cast<std::int64_t>(mask.size()));
    std::vector<double> share;
    double sum = 0;
    for (const std::int64_t k : seen) {
      double score = 0;
      for (std::int64_t i = 0; i < kSizes.head_size; ++i)
        score += at(row, 0, head, i) * at(k, 1, head, i);
      share.push_back(std::exp(score / std::sqrt(static_cast<double>(kSizes.head_size))));
      sum += share.back();
    }
    for (std::size_t k = 0; k < seen.size(); ++k) {
      for (std::int64_t i = 0; i < kSizes.head_size; ++i) {
        out[head * kSizes.head_size + i] +=
            share[k] / sum * static_cast<double>(mask[k]) * at(seen[k], 2, head, i);
      }
    }
  }

  std::vector<AttentionSpan> spans_;
  std::vector<double> qkv_;
  DropoutKey key_;
};

std::vector<double> widened(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

template <class T>
void expect_like_slow(const DropoutKey& key, double tolerance) {
  Arrays<T> arrays(138);
  arrays.run(mixed_spans(), key);
  const auto qkv = arrays.floats(arrays.qkv, 3 * kSizes.hidden());
  const std::vector<double> wanted = SlowAttention(mixed_spans(), widened(qkv), key).out();
  const std::vector<float> seen = arrays.out_floats();
  for (std::size_t i = 0; i < seen.size(); ++i)
    ASSERT_NEAR(static_cast<double>(seen[i]), wanted[i], tolerance) << i;
}

TEST(Attention, IsTheObviousSum) { expect_like_slow<float>({}, 2e-6); }
TEST(Attention, IsTheObviousSumWithDropout) {
  expect_like_slow<float>(dropout_key(1, 2, 3, 4, 0.2), 2e-6);
}
TEST(Attention, IsTheObviousSumInBf16) {
  expect_like_slow<Bf16>(dropout_key(1, 2, 3, 4, 0.2), 1e-2);
}

double weighted_sum(const std::vector<double>& out, const std::vector<float>& dout) {
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) sum += out[i] * static_cast<double>(dout[i]);
  return sum;
}

TEST(Attention, GradientIsThatOfFiniteDifferences) {
  const DropoutKey key = dropout_key(1, 2, 3, 4, 0.2);
  Arrays<float> arrays(138);
  arrays.run(mixed_spans(), key);
  std::vector<double> qkv = widened(arrays.floats(arrays.qkv, 3 * kSizes.hidden()));
  const std::vector<float> dout = arrays.floats(arrays.dout, kSizes.hidden());
  const std::vector<float> seen = arrays.dqkv_floats();
  for (std::uint64_t i = 0; i < 60; ++i) {
    // Rows of the shared image and of captions first: there the gradients of several spans meet.
    const std::int64_t row =
        i < 40 ? static_cast<std::int64_t>(i) % 20 : static_cast<std::int64_t>(i * 2);
    const auto place = static_cast<std::size_t>(
        row * 3 * kSizes.hidden() +
        counter_key(5, i).words[0] % static_cast<std::uint32_t>(3 * kSizes.hidden()));
    const double before = qkv[place];
    qkv[place] = before + 1e-5;
    const double up = weighted_sum(SlowAttention(mixed_spans(), qkv, key).out(), dout);
    qkv[place] = before - 1e-5;
    const double down = weighted_sum(SlowAttention(mixed_spans(), qkv, key).out(), dout);
    qkv[place] = before;
    EXPECT_NEAR(static_cast<double>(seen[place]), (up - down) / 2e-5, 2e-5)
        << "row " << row << " place " << place;
  }
}

TEST(Attention, Bf16GradientIsNearTheFp32One) {
  Arrays<float> wide(138);
  Arrays<Bf16> narrow(138);
  wide.run(mixed_spans(), {});
  narrow.run(mixed_spans(), {});
  const auto a = wide.dqkv_floats();
  const auto b = narrow.dqkv_floats();
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 0.05) << i;
}

// One image with two captions, against two images with one caption each.
TEST(Attention, SharedContextEqualsSeparateCopies) {
  const std::int64_t h = 3 * kSizes.hidden();
  Arrays<float> shared(20);
  Arrays<float> copies(26);
  const auto copy_rows = [&](Buffer<float>& to, const Buffer<float>& from, std::int64_t columns) {
    const auto rows = [&](std::int64_t begin, std::int64_t count, std::int64_t at) {
      std::copy_n(from.data() + begin * columns, count * columns, to.data() + at * columns);
    };
    rows(0, 6, 0);
    rows(6, 8, 6);
    rows(0, 6, 14);
    rows(14, 6, 20);
  };
  copy_rows(copies.qkv, shared.qkv, h);
  copy_rows(copies.dout, shared.dout, kSizes.hidden());
  // The image's own output would count twice in the copies.
  std::fill_n(shared.dout.data(), 6 * kSizes.hidden(), 0.0F);
  std::fill_n(copies.dout.data(), 6 * kSizes.hidden(), 0.0F);
  std::fill_n(copies.dout.data() + 14 * kSizes.hidden(), 6 * kSizes.hidden(), 0.0F);
  shared.run({{0, 6, 0, 0, false}, {6, 14, 0, 6, true}, {14, 20, 0, 6, true}}, {});
  copies.run(
      {{0, 6, 0, 0, false}, {6, 14, 0, 6, true}, {14, 20, 0, 0, false}, {20, 26, 14, 20, true}},
      {});
  const auto a = shared.dqkv_floats();
  const auto b = copies.dqkv_floats();
  for (std::int64_t i = 0; i < 6 * h; ++i) {
    ASSERT_NEAR(a[static_cast<std::size_t>(i)],
                b[static_cast<std::size_t>(i)] + b[static_cast<std::size_t>(14 * h + i)], 1e-5)
        << i;
  }
  for (std::int64_t i = 0; i < 6 * kSizes.hidden(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    ASSERT_EQ(shared.out_floats()[at + static_cast<std::size_t>(14 * kSizes.hidden())],
              copies.out_floats()[at + static_cast<std::size_t>(20 * kSizes.hidden())]);
  }
}

TEST(Attention, CausalRowsDoNotSeeLaterOnes) {
  Arrays<float> arrays(30);
  arrays.run({{0, 30, 0, 0, true}}, {});
  const auto before = arrays.out_floats();
  std::fill_n(arrays.qkv.data() + 20 * 3 * kSizes.hidden(), 10 * 3 * kSizes.hidden(), 9.0F);
  arrays.run({{0, 30, 0, 0, true}}, {});
  const auto after = arrays.out_floats();
  EXPECT_TRUE(std::equal(before.begin(), before.begin() + 20 * kSizes.hidden(), after.begin()));
}

template <class T>
std::pair<std::vector<float>, std::vector<float>> with_threads(int threads) {
  at::set_num_threads(threads);
  Arrays<T> arrays(138);
  arrays.run(mixed_spans(), dropout_key(1, 2, 3, 4, 0.2));
  return {arrays.out_floats(), arrays.dqkv_floats()};
}

TEST(Attention, GivesTheSameBitsWithAnyNumberOfThreads) {
  EXPECT_EQ(with_threads<float>(1), with_threads<float>(3));
  EXPECT_EQ(with_threads<Bf16>(1), with_threads<Bf16>(3));
}

TEST(AttentionSpans, MistakesAreNamed) {
  EXPECT_EQ(span_mistake(mixed_spans(), 138), "");
  EXPECT_THAT(span_mistake({{0, 4, 0, 0, false}}, 5), HasSubstr("cover 4 of 5 rows"));
  EXPECT_THAT(span_mistake({{1, 4, 0, 0, false}}, 4), HasSubstr("must begin at 0"));
  EXPECT_THAT(span_mistake({{0, 4, 2, 3, false}}, 4), HasSubstr("outside the span"));
  EXPECT_THAT(span_mistake({{0, 4, 0, 0, false}, {4, 6, 0, 9, true}}, 6),
              HasSubstr("inside the 6 rows"));
}

TEST(AttentionSpans, ThoseThatShareAContextFormAGroup) {
  const AttentionPlan plan = plan_attention(mixed_spans(), 138);
  const std::vector<std::vector<std::int32_t>> wanted = {{0, 1, 2}, {3}, {4}};
  EXPECT_EQ(plan.groups, wanted);
}

}  // namespace
}  // namespace unimo::trainer
