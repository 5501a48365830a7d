// The number types of device buffers, and the stream: names alone, without CUDA's headers.
#pragma once

#include <cstdint>

#include "trainer/model/sixteen_bits.h"

struct CUstream_st;

namespace unimo::trainer {

// cudaStream_t. Work on one stream is done in order; everything here runs on the current one.
using DeviceStream = CUstream_st*;

}  // namespace unimo::trainer
