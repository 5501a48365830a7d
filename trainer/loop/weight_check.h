// Whether all processes still have the same weights.
#pragma once

#include <cstdint>

#include "orchestrator/base/result.h"
#include "trainer/comm/comm.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

// Collective. kIntegrity on every rank when some weights differ; rank 0's error names the step, the
// first tensor and the ranks.
Status compare_weights(const ParameterStore& store, Comm& comm, std::int64_t step);

}  // namespace unimo::trainer
