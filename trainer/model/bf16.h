// The 16-bit brain float as bits, for sources that see no tensors. The upper half of a float.
#pragma once

#include <cstdint>

namespace unimo::trainer {

struct Bf16 {
  std::uint16_t bits = 0;
};
static_assert(sizeof(Bf16) == 2);

}  // namespace unimo::trainer
