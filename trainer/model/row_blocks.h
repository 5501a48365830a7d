// Rows in blocks of at most 128, worked on in parallel, with sums over all rows in a fixed order.
// The blocks of one call are equally large but for the last, so that threads end together; where
// they begin is a function of the number of rows alone. Large blocks fetch the weights less often
// (a step of 1,024 rows, 768 wide, in fp32 took 3.87 s in blocks of 64 and takes 3.77 s); few rows
// are cut into smaller ones, so that there are eight for as many threads.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "trainer/model/gemm.h"

namespace unimo::trainer {

struct RowBlock {
  std::int64_t index = 0;
  std::int64_t begin = 0;
  std::int64_t count = 0;  // at most kRowBlock
};

inline std::int64_t row_blocks(std::int64_t rows) {
  constexpr std::int64_t kSmall = 64;
  constexpr std::int64_t kWanted = 8;
  const std::int64_t large = (rows + kRowBlock - 1) / kRowBlock;
  return std::max(large, std::min((rows + kSmall - 1) / kSmall, kWanted));
}

// Block i of those rows.
inline RowBlock row_block(std::int64_t rows, std::int64_t i) {
  const std::int64_t size = (rows + row_blocks(rows) - 1) / row_blocks(rows);
  return {i, i * size, std::min(size, rows - i * size)};
}

// Calls make_task() once per thread and the task it gives for every block of that thread. T: what
// is multiplied.
template <class T, class MakeTask>
void for_row_blocks(std::int64_t rows, const MakeTask& make_task) {
  at::parallel_for(0, row_blocks(rows), 1, [&](std::int64_t begin, std::int64_t end) {
    auto task = make_task();
    for (std::int64_t i = begin; i < end; ++i) {
      task(row_block(rows, i));
    }
    finish_multiply<T>();
  });
}

// The block's rows as T with an even number of columns, as products want them: the rows themselves
// where that is possible, else a copy in `space` with a zero added.
template <class T>
const T* block_as(const float* x, const RowBlock& block, std::int64_t columns, Buffer<T>& space) {
  const float* rows = x + block.begin * columns;
  if constexpr (std::is_same_v<T, float>) {
    if (columns % 2 == 0) return rows;
  }
  const std::int64_t ld = round_up(columns, 2);
  space.reserve(kRowBlock * ld);
  for (std::int64_t r = 0; r < block.count; ++r) {
    typed_kernels<T>().from_float(rows + r * columns, space.data() + r * ld, columns);
    if (ld > columns) space.data()[r * ld + columns] = T{};
  }
  return space.data();
}

// gradient[columns] += the sum over the blocks of partials[block][offset...], where a block has
// `ld` values.
inline void add_partials(const float* partials, std::int64_t ld, std::int64_t blocks,
                         std::int64_t columns, float* gradient) {
  for (std::int64_t b = 0; b < blocks; ++b) kernels().add(partials + b * ld, gradient, columns);
}

}  // namespace unimo::trainer
