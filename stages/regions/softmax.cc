#include "stages/regions/softmax.h"

#include <bit>
#include <cstdint>

#include "stages/regions/vectorised.h"

namespace unimo::stages {

namespace {

// e^x for x <= 0: 2^n from the bits, the rest by a polynomial; relative error 2e-7. Below -87 it is
// 0.
UNIMO_INLINE float exp_negative(float x) {
  const float clipped = x < -87 ? -87.0F : x;
  const float scaled = clipped * 1.44269504F;
  const auto whole = static_cast<std::int32_t>(scaled - 0.5F);
  const float rest = clipped - static_cast<float>(whole) * 0.693147182F;
  float p = 1.98412698e-4F;
  p = p * rest + 1.38888889e-3F;
  p = p * rest + 8.33333333e-3F;
  p = p * rest + 4.16666667e-2F;
  p = p * rest + 0.166666667F;
  p = p * rest + 0.5F;
  p = p * rest + 1;
  p = p * rest + 1;
  const float power = std::bit_cast<float>((whole + 127) << 23);
  return x < -87 ? 0.0F : p * power;
}

UNIMO_VECTORISED void softmax_row(float* __restrict row, const float* __restrict constants,
                                  std::size_t count) {
  float highest = -3.4e38F;
  for (std::size_t i = 0; i < count; ++i) {
    row[i] += constants[i];
    highest = row[i] > highest ? row[i] : highest;
  }
  float sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    row[i] = exp_negative(row[i] - highest);
    sum += row[i];
  }
  const float factor = 1 / sum;
  for (std::size_t i = 0; i < count; ++i) row[i] *= factor;
}

}  // namespace

void add_and_softmax(std::span<float> row, std::span<const float> constants) {
  softmax_row(row.data(), constants.data(), row.size());
}

}  // namespace unimo::stages
