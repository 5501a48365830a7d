// Pre-training: for every step the micro-batches of all objectives, ready for the training loop.
//
//   const auto pretraining = UNIMO_TRY(Pretraining::open(samples, config, model.config(), seed));
//   train(model, [&](std::int64_t step) { return pretraining.micro_batches(step); }, …);
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/pretraining.h"
#include "trainer/loop/train_loop.h"
#include "trainer/objectives/mixture.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {

class Pretraining {
 public:
  // `samples` must outlive it. kInvalid when an objective in use lacks what it needs: texts,
  // classes of regions, semantic vectors as wide as the pooled ones.
  static Result<Pretraining> open(const Samples& samples, const PretrainingConfig& config,
                                  const ModelConfig& model, std::uint64_t seed);

  // The micro-batches of a step: a pure function of it. They may outlive this object.
  Result<std::vector<MicroBatch>> micro_batches(std::int64_t step) const;

  // Steps in which all objectives together see the images (or the texts, when no objective uses
  // images) `epochs` times.
  std::int64_t steps_of(double epochs) const;

 private:
  Pretraining(const Samples& samples, const PretrainingConfig& config, Mixture mixture,
              std::uint64_t seed)
      : samples_(&samples), config_(config), mixture_(std::move(mixture)), seed_(seed) {}

  const Samples* samples_;
  PretrainingConfig config_;
  Mixture mixture_;
  std::uint64_t seed_ = 0;
  std::vector<std::int64_t> samples_per_batch_;  // of each objective
};

}  // namespace unimo::trainer
