// Rows by number: taken out of a tensor, and added back in a fixed order.
#pragma once

#include <cstdint>
#include <span>

namespace at {
class Tensor;
}

namespace unimo::trainer {

// x[rows[i]] for every i, [n, columns].
at::Tensor gather_rows(const at::Tensor& x, std::span<const std::int32_t> rows);

// table[ids[i]] += d[i]: rows of one id in the order of i, no matter how many threads.
void scatter_rows(const float* d, std::span<const std::int32_t> ids, std::int64_t columns,
                  float* table);

}  // namespace unimo::trainer
