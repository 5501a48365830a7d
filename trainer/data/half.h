// Half-precision numbers (IEEE 754 binary16, stored as 16 bits) to floats and back, many at once.
// Uses the processor's own instructions where it has them (F16C, AVX-512), with the same results.
#pragma once

#include <cstdint>
#include <span>

namespace unimo::trainer {

float half_to_float(std::uint16_t half);
// Rounds to nearest, ties to even; what is too large becomes infinity.
std::uint16_t float_to_half(float value);

// `out` has the size of `in`.
void halves_to_floats(std::span<const std::uint16_t> in, std::span<float> out);
void floats_to_halves(std::span<const float> in, std::span<std::uint16_t> out);

// The same from bytes that need not be aligned: 2 * out.size() of them.
void halves_to_floats(const void* in, std::span<float> out);

}  // namespace unimo::trainer
