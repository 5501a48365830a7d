// The last product of a decoding step: states to what is said of the next tokens.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "trainer/decode/decode_kernels.h"
#include "trainer/decode/next_tokens.h"
#include "trainer/decode/row_products.h"

namespace unimo::trainer {

// Keeps its memory. Calls must not overlap.
template <class T>
class TokenScores {
 public:
  // Room for so many rows of a table of so many tokens.
  void reserve(std::int64_t rows, const ForwardMatrix<T>& table) {
    logits_.reserve(rows * table.width());
    largest_.reserve(rows * table.matrix.panels());
    sums_.reserve(rows * table.matrix.panels());
    next_.reserve(static_cast<std::size_t>(rows));
  }

  // One answer for each row of x [rows, hidden], valid until the next call. Parallel.
  std::span<const NextTokens> score(const T* x, std::int64_t rows, const ForwardMatrix<T>& table) {
    const std::int64_t panels = table.matrix.panels(), vocabulary = table.matrix.columns;
    multiply_all(x, rows, table, logits_.data(), [&](std::int64_t p) {
      const std::int64_t count = std::min(kPanel, vocabulary - p * kPanel);
      for (std::int64_t r = 0; r < rows; ++r) {
        decode_kernels().finish_logits(
            logits_.data() + r * table.width() + p * kPanel, table.bias + p * kPanel, count,
            largest_.data()[r * panels + p], sums_.data()[r * panels + p]);
      }
    });
    next_.resize(static_cast<std::size_t>(rows));
    for_rows(rows, [&](std::int64_t r) {
      const std::span<const float> largest(largest_.data() + r * panels,
                                           static_cast<std::size_t>(panels));
      const double top = static_cast<double>(*std::max_element(largest.begin(), largest.end()));
      double sum = 0;
      for (std::int64_t p = 0; p < panels; ++p) {
        sum += static_cast<double>(sums_.data()[r * panels + p]) *
               std::exp(static_cast<double>(largest[static_cast<std::size_t>(p)]) - top);
      }
      next_[static_cast<std::size_t>(r)] = {
          .logits = {logits_.data() + r * table.width(), static_cast<std::size_t>(vocabulary)},
          .block_best = largest,
          .log_sum = top + std::log(sum)};
    });
    return next_;
  }

 private:
  Buffer<float> logits_, largest_, sums_;
  std::vector<NextTokens> next_;
};

}  // namespace unimo::trainer
