// What the training loop is given to learn: for every step a list of micro-batches, each a loss.
#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"
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

// The loss of one of `count` micro-batches whose losses are averaged over the step.
inline MicroLoss share_of_step(MicroLoss loss, int count) {
  if (count > 1) loss.loss = loss.loss.div(static_cast<double>(count));
  return loss;
}

class MicroBatch;
template <class Compute>
concept ComputesLoss = !std::same_as<Compute, MicroBatch> && std::invocable<const Compute&, Unimo&>;

// Samples that are ready; computes their loss. A pure function of itself and the weights, run on
// the training thread, more than once where a step has to be looked into.
class MicroBatch {
 public:
  MicroBatch() = default;
  // `compute` takes a Unimo&, or a TrainedModel& that it knows for what it is; another kind of
  // model throws std::bad_cast. `rows`: positions whose activations are kept until the backward
  // pass, for the memory plan; 0: not known.
  template <ComputesLoss Compute>
  MicroBatch(Compute compute, std::int64_t rows = 0) : rows_(rows) {
    if constexpr (std::invocable<const Compute&, TrainedModel&>) {
      compute_ = std::move(compute);
    } else {
      compute_ = [work = std::move(compute)](TrainedModel& model) {
        return work(dynamic_cast<Unimo&>(model));
      };
    }
  }
  MicroLoss operator()(TrainedModel& model) const { return compute_(model); }
  std::int64_t rows() const { return rows_; }

 private:
  std::function<MicroLoss(TrainedModel& model)> compute_;
  std::int64_t rows_ = 0;
};

// Everything is a pure function of (step, index) and of the objective's own seed: so a resumed
// training repeats what the broken one did, and any process can prepare any micro-batch. Calls may
// come from several threads at once.
class Objective {
 public:
  virtual ~Objective() = default;
  // Of a step, at least one.
  virtual std::int64_t micro_batch_count(std::int64_t step) const = 0;
  virtual Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const = 0;
  // What it is made of, for messages: the objective and the ids of its samples.
  virtual std::string describe(std::int64_t step, std::int64_t index) const = 0;
};

}  // namespace unimo::trainer
