// What is measured now and then beside training.
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/comm/comm.h"
#include "trainer/loop/metric_sink.h"
#include "trainer/loop/objective.h"

namespace unimo::trainer {

// The means of these micro-batches, which take no part in any loss.
struct HeldOut {
  std::vector<MicroBatch> batches;  // none: nothing is measured
  std::int64_t every = 1;           // steps; also after the last
};

// Collective: each rank computes its share, without gradients; the means do not depend on how many
// there are.
Status measure_held_out(const HeldOut& held_out, std::int64_t step, TrainedModel& model, Comm& comm,
                        MetricSink& sink);

}  // namespace unimo::trainer
