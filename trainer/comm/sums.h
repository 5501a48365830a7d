// Sums over ranks, element by element and from rank 0 upwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "trainer/comm/comm.h"

namespace unimo::trainer {

// sum[i] = terms[0][i] + terms[1][i] + …, each added to the one before. `sum` may be one of the
// terms. Integers wrap around.
void add_in_order(ElementType type, std::span<const std::byte* const> terms, std::byte* sum,
                  std::int64_t count);

}  // namespace unimo::trainer
