// Trains a model: steps, checkpoints, resume, stop; on one process or on several that share the
// micro-batches of every step.
//
// A run that was interrupted anywhere ends with the same bits as one that was not, on the same
// machine: the objective is a pure function of the step, and a checkpoint holds the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "orchestrator/base/result.h"
#include "trainer/comm/comm.h"
#include "trainer/config/train.h"
#include "trainer/loop/held_out.h"
#include "trainer/loop/metric_sink.h"
#include "trainer/loop/objective.h"
#include "trainer/model/trained_model.h"

namespace unimo::trainer {

struct TrainOptions {
  std::int64_t steps = 0;  // all of them; TrainConfig's epochs are the caller's to resolve
  std::uint64_t seed = 0;
  int threads = 1;
  std::filesystem::path checkpoints;  // empty: neither saved nor resumed
  std::function<bool()> stop;         // asked between steps; true: save and return kCancelled
  HeldOut held_out;
  Comm* comm = nullptr;  // the processes that train together; null: this one alone
};

struct TrainSummary {
  std::int64_t first_step = 0;  // where it began, above 0 when resumed
  std::int64_t steps = 0;
  std::int64_t skipped_steps = 0;
  double last_loss = 0;
};

// Collective: every rank calls it with the same arguments, but for `stop` (which any rank may ask
// for) and the sink (of which only rank 0's is told anything). The weights end equal on all ranks.
Result<TrainSummary> train(TrainedModel& model, const Objective& objective,
                           const TrainConfig& config, const TrainOptions& options,
                           MetricSink& sink);

}  // namespace unimo::trainer
