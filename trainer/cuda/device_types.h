// The number types of device buffers, and the stream: names alone, without CUDA's headers.
#pragma once

#include <cstdint>

#include "trainer/model/bf16.h"

struct CUstream_st;

namespace unimo::trainer {

// IEEE half precision as bits.
struct Fp16 {
  std::uint16_t bits = 0;
};
static_assert(sizeof(Fp16) == 2);

// cudaStream_t. Work on one stream is done in order; everything here runs on the current one.
using DeviceStream = CUstream_st*;

}  // namespace unimo::trainer
