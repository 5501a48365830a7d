// Trains a model: steps, checkpoints, resume, stop.
//
// An objective gives, for a step, the micro-batches whose losses add up to the loss of the step. It
// must be a pure function of the step (and of its own seed), so that a resumed training repeats
// what the broken one did: a run that was interrupted anywhere ends with the same bits as one that
// was not, on the same machine.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/train.h"
#include "trainer/loop/metric_sink.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

// A named average: the report is the sum of the sums over the sum of the weights.
struct NamedMean {
  std::string name;  // "loss.mlm", "accuracy.mlm"
  double sum = 0;
  double weight = 0;
};

struct MicroLoss {
  // Scalar, already divided by its own normaliser: losses of a step are added up. A micro-batch
  // with nothing to predict gives a zero without gradient.
  at::Tensor loss;
  std::vector<NamedMean> means;
  std::int64_t rows = 0;  // positions encoded, for the throughput
};

// Computes one loss; run once, on the training thread.
using MicroBatch = std::function<MicroLoss(Unimo& model)>;

// The micro-batches of a step, in order. At least one.
using Objective = std::function<Result<std::vector<MicroBatch>>(std::int64_t step)>;

struct TrainOptions {
  std::int64_t steps = 0;  // all of them; TrainConfig's epochs are the caller's to resolve
  std::uint64_t seed = 0;
  int threads = 1;
  std::filesystem::path checkpoints;  // empty: neither saved nor resumed
  std::function<bool()> stop;         // asked between steps; true: save and return kCancelled
};

struct TrainSummary {
  std::int64_t first_step = 0;  // where it began, above 0 when resumed
  std::int64_t steps = 0;
  std::int64_t skipped_steps = 0;
  double last_loss = 0;
};

Result<TrainSummary> train(Unimo& model, const Objective& objective, const TrainConfig& config,
                           const TrainOptions& options, MetricSink& sink);

}  // namespace unimo::trainer
