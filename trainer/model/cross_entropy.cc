// The loss of the language-model head; see heads.h. The vocabulary is gone through in pieces of 512
// columns, so that the logits of a block of rows stay in the cache.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <cmath>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/model/call.h"
#include "trainer/model/heads.h"
#include "trainer/model/row_blocks.h"

namespace unimo::trainer {

namespace {

constexpr std::int64_t kPiece = 512;

template <class T>
class CrossEntropyCall : public Call {
 public:
  CrossEntropyCall(Projection<T>& table, std::span<const std::int32_t> targets, double smoothing)
      : table_(table), targets_(targets.begin(), targets.end()), smoothing_(smoothing) {
    use = table.store().gradient_use(table.ranges());
  }

  at::Tensor forward(const std::vector<at::Tensor>& inputs) override {
    table_.refresh();
    const std::int64_t rows = inputs[0].size(0);
    lse_.resize(targets_.size());
    std::vector<double> losses(targets_.size());
    for_row_blocks<T>(rows, [&] {
      return [&, space = Buffer<T>(),
              logits = Buffer<float>(kRowBlock * kPiece)](const RowBlock& b) mutable {
        const T* x = block_as(inputs[0].const_data_ptr<float>(), b, table_.in(), space);
        RowSums sums[kRowBlock];
        for (std::int64_t c = 0; c < vocabulary(); c += kPiece) {
          const std::int64_t count = make_logits(x, c, logits.data(), b.count);
          for (std::int64_t i = 0; i < b.count; ++i)
            add_piece(logits.data() + i * kPiece, c, count, b.begin + i, sums[i]);
        }
        for (std::int64_t i = 0; i < b.count; ++i) finish_row(sums[i], b.begin + i, losses);
      };
    });
    double sum = 0;
    for (const double loss : losses) sum += loss;
    at::Tensor result = at::empty({}, at::kFloat);
    *result.data_ptr<float>() = static_cast<float>(sum);
    return result;
  }

  std::vector<at::Tensor> backward(const at::Tensor& dy, const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& needed) override {
    const std::int64_t rows = inputs[0].size(0);
    const std::int64_t ld = round_up(vocabulary(), kPanel);
    const float scale = *dy.const_data_ptr<float>();
    at::Tensor dx = at::empty_like(inputs[0]);
    Buffer<T> dlogits(rows * ld);
    Buffer<T> x_low(rows * table_.in());
    Buffer<float> partials(row_blocks(rows) * vocabulary());
    std::fill_n(partials.data(), row_blocks(rows) * vocabulary(), 0.0F);
    for_row_blocks<T>(rows, [&] {
      return [&, space = Buffer<T>(), logits = Buffer<float>(kRowBlock * kPiece),
              sum = Buffer<float>(product_size(table_.backward()))](const RowBlock& b) mutable {
        const T* x = block_as(inputs[0].const_data_ptr<float>(), b, table_.in(), space);
        std::copy_n(x, b.count * table_.in(), x_low.data() + b.begin * table_.in());
        for (std::int64_t c = 0; c < vocabulary(); c += kPiece) {
          const std::int64_t count = make_logits(x, c, logits.data(), b.count);
          T* d = dlogits.data() + b.begin * ld + c;
          for (std::int64_t i = 0; i < b.count; ++i) {
            float* row = logits.data() + i * kPiece;
            to_gradient(row, c, count, b.begin + i, scale);
            kernels().add(row, partials.data() + b.index * vocabulary() + c, count);
            typed_kernels<T>().from_float(row, d + i * ld, std::min(kPiece, ld - c));
          }
          add_input_gradient(d, ld, c, count, sum.data(), b.count);
        }
        const std::int64_t width = table_.backward().panels() * kPanel;
        for (std::int64_t i = 0; i < b.count; ++i) {
          std::copy_n(sum.data() + i * width, table_.in(),
                      dx.data_ptr<float>() + (b.begin + i) * table_.in());
        }
      };
    });
    if (needed[1]) {
      add_weight_gradient(dlogits.data(), ld, x_low.data(), table_.in(), rows, vocabulary(),
                          table_.in(), table_.weight_gradient());
      add_partials(partials.data(), vocabulary(), row_blocks(rows), vocabulary(),
                   table_.bias_gradient());
    }
    return {dx, at::Tensor()};
  }

 private:
  struct RowSums {
    float maximum = -1e30F;
    double sum_exp = 0;
    double sum = 0;
    float target = 0;
  };

  std::int64_t vocabulary() const { return table_.out(); }

  // logits[rows, 512] of columns [c, c + count), zeros behind; returns count.
  std::int64_t make_logits(const T* x, std::int64_t c, float* logits, std::int64_t rows) const {
    const std::int64_t count = std::min(kPiece, vocabulary() - c);
    for (std::int64_t n = 0; n < count; n += kPanel) {
      multiply(x, table_.in(), table_.forward().panel((c + n) / kPanel), logits + n, kPiece, rows,
               table_.in(), false);
    }
    for (std::int64_t i = 0; i < rows; ++i)
      kernels().add(table_.bias() + c, logits + i * kPiece, count);
    return count;
  }

  void add_piece(const float* logits, std::int64_t c, std::int64_t count, std::int64_t row,
                 RowSums& sums) const {
    kernels().accumulate_logits(logits, count, sums.maximum, sums.sum_exp, sums.sum);
    const std::int64_t place = targets_[static_cast<std::size_t>(row)] - c;
    if (place >= 0 && place < count) sums.target = logits[place];
  }

  void finish_row(const RowSums& sums, std::int64_t row, std::vector<double>& losses) {
    const double lse = static_cast<double>(sums.maximum) + std::log(sums.sum_exp);
    lse_[static_cast<std::size_t>(row)] = static_cast<float>(lse);
    losses[static_cast<std::size_t>(row)] =
        lse - (1 - smoothing_) * static_cast<double>(sums.target) -
        smoothing_ * sums.sum / static_cast<double>(vocabulary());
  }

  // In place: softmax minus the smoothed target, times the gradient of the sum.
  void to_gradient(float* logits, std::int64_t c, std::int64_t count, std::int64_t row,
                   float scale) const {
    const auto even = static_cast<float>(smoothing_ / static_cast<double>(vocabulary()));
    kernels().softmax_minus(logits, count, lse_[static_cast<std::size_t>(row)], even, scale);
    const std::int64_t place = targets_[static_cast<std::size_t>(row)] - c;
    if (place >= 0 && place < count) logits[place] -= static_cast<float>(1 - smoothing_) * scale;
    std::fill(logits + count, logits + kPiece, 0.0F);
  }

  // sum[rows, panels * 64] += the piece's gradient times its rows of the table.
  void add_input_gradient(const T* d, std::int64_t ld, std::int64_t c, std::int64_t count,
                          float* sum, std::int64_t rows) const {
    const Packed<T>& table = table_.backward();
    for (std::int64_t p = 0; p < table.panels(); ++p) {
      multiply(d, ld, table.panel(p) + c * kPanel, sum + p * kPanel, table.panels() * kPanel, rows,
               round_up(count, 2), c > 0);
    }
  }

  Projection<T>& table_;
  std::vector<std::int32_t> targets_;
  double smoothing_;
  std::vector<float> lse_;
};

}  // namespace

template <class T>
at::Tensor cross_entropy_sum(const at::Tensor& rows, Projection<T>& table,
                             std::span<const std::int32_t> targets, double smoothing) {
  UNIMO_CHECK(rows.dim() == 2 && rows.size(0) == static_cast<std::int64_t>(targets.size()),
              "{} targets for {} rows", targets.size(), rows.size(0));
  for (const std::int32_t id : targets) {
    UNIMO_CHECK(id >= 0 && id < table.out(), "target {} is outside the vocabulary of {}", id,
                table.out());
  }
  return run_call({rows, table.anchor()},
                  c10::make_intrusive<CrossEntropyCall<T>>(table, targets, smoothing));
}

template at::Tensor cross_entropy_sum(const at::Tensor&, Projection<float>&,
                                      std::span<const std::int32_t>, double);
template at::Tensor cross_entropy_sum(const at::Tensor&, Projection<Bf16>&,
                                      std::span<const std::int32_t>, double);
template at::Tensor cross_entropy_sum(const at::Tensor&, Projection<Fp16>&,
                                      std::span<const std::int32_t>, double);

}  // namespace unimo::trainer
