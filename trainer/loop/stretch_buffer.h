// Stretches of the flat buffers of a model, which lie on the host or on a GPU, as what ranks send.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "trainer/comm/comm.h"

namespace unimo::trainer {

// Values [begin, end) of a flat contiguous tensor of float or int64, which must outlive the
// operation. On a GPU the operation comes behind what the calling thread has queued there.
CommBuffer stretch_buffer(const at::Tensor& flat, std::int64_t begin, std::int64_t end);

}  // namespace unimo::trainer
