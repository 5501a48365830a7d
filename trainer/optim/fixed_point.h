// Gradients as whole numbers: sums of whole numbers do not depend on their order, so that any
// number of processes, in any arrangement, adds micro-batches to the same bits.
//
// A value g counts round(g * 2^50), to nearest, ties to even: steps of 8.9e-16, and values up to
// 2^12 / n may be added n times without overflow.
#pragma once

#include <cstdint>
#include <span>

namespace unimo::trainer {

// sums[i] += round(values[i] * 2^50), then values[i] = 0. False when a value is not finite or
// larger than 2^12 / terms in size; the sums are then of no use. `values` and `sums` are of one
// length. Parallel.
bool add_fixed(std::span<float> values, std::span<std::int64_t> sums, std::int64_t terms);

// values[i] = sums[i] / 2^50 as a float; then sums[i] = 0. Parallel.
void take_fixed(std::span<std::int64_t> sums, std::span<float> values);

}  // namespace unimo::trainer
