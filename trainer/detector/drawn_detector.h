// A detector that has learned nothing: where training from scratch starts, and what tests compute
// with.
#pragma once

#include <cstdint>

#include "trainer/detector/detector_values.h"

namespace unimo::trainer {

// Every number is a function of (seed, tensor, place). Convolutions are normal with the deviation
// of He et al. 2015 for what comes out, √(2 / (out · side²)); the last norm of a bottleneck has
// weight 1/4, so that the sums of 33 bottlenecks stay small; other norms do nothing. Heads are
// normal with deviation 0.01 (0.001 for boxes), as in py-faster-rcnn; biases are 0.
DetectorValues drawn_detector(const DetectorSizes& sizes, std::uint64_t seed);

}  // namespace unimo::trainer
