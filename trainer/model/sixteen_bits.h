// The two 16-bit floating-point types as bits, for sources that see no tensors.
#pragma once

#include <cstdint>

namespace unimo::trainer {

// Brain float: the upper half of a float.
struct Bf16 {
  std::uint16_t bits = 0;
};
static_assert(sizeof(Bf16) == 2);

// IEEE half: 10 bits of fraction, nothing above 65504.
struct Fp16 {
  std::uint16_t bits = 0;
};
static_assert(sizeof(Fp16) == 2);

}  // namespace unimo::trainer
