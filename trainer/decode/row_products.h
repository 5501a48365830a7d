// Products of all rows of a decoding step with a packed matrix.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

#include "trainer/decode/decoder_weights.h"

namespace unimo::trainer {

// Rows of element-wise work that are worth a task.
inline constexpr std::int64_t kRowsOfTask = 8;

// out[rows, width] = x[rows, in] W, and after(p) behind panel p. A task takes some panels and all
// rows, so that the weights are read once.
template <class T, class AfterPanel>
void multiply_all(const T* x, std::int64_t rows, const ForwardMatrix<T>& w, float* out,
                  const AfterPanel& after) {
  const Packed<T>& m = w.matrix;
  at::parallel_for(0, m.panels(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      for (std::int64_t r = 0; r < rows; r += kRowBlock) {
        multiply(x + r * m.depth, m.depth, m.panel(p), out + r * w.width() + p * kPanel, w.width(),
                 std::min(kRowBlock, rows - r), m.depth, false);
      }
      after(p);
    }
    finish_multiply<T>();
  });
}
template <class T>
void multiply_all(const T* x, std::int64_t rows, const ForwardMatrix<T>& w, float* out) {
  multiply_all(x, rows, w, out, [](std::int64_t) {});
}

template <class Work>
void for_rows(std::int64_t rows, const Work& work) {
  at::parallel_for(0, rows, kRowsOfTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) work(r);
  });
}

}  // namespace unimo::trainer
