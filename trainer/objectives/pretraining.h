// Pre-training: for every step the micro-batches of all objectives, ready for the training loop.
//
//   const auto pretraining = UNIMO_TRY(Pretraining::open(samples, config, model.config(), seed));
//   train(model, pretraining, …);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/pretraining.h"
#include "trainer/loop/objective.h"
#include "trainer/objectives/mixture.h"
#include "trainer/objectives/objective_batches.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {

class Pretraining : public Objective {
 public:
  // `samples` must outlive it. kInvalid when an objective in use lacks what it needs: texts,
  // classes of regions, semantic vectors as wide as the pooled ones.
  static Result<Pretraining> open(const Samples& samples, const PretrainingConfig& config,
                                  const ModelConfig& model, std::uint64_t seed);

  // Of a step, in order: pure functions of step and index, O(1) in the step. Calls may overlap. The
  // micro-batches may outlive this object.
  std::int64_t micro_batch_count(std::int64_t step) const override;
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override;
  // Objective and samples of a micro-batch, for error messages: "pair: captions 7.jpg#1, 9.jpg#0".
  std::string describe(std::int64_t step, std::int64_t index) const override;

  // `batches` micro-batches of each objective in use, without dropout, mirror images and label
  // smoothing: the same samples, masks and negatives whenever it is asked. Their means are named
  // "heldout.loss.mlm" and so on. `samples` are of other splits and must outlive the batches;
  // objectives that find none of their kind there are left out.
  Result<std::vector<MicroBatch>> heldout(const Samples& samples, std::int64_t batches) const;

  // Steps in which all objectives together see the images with captions (or all pictures, or the
  // texts, when no objective uses them) `epochs` times.
  std::int64_t steps_of(double epochs) const;

 private:
  Pretraining(const Samples& samples, const PretrainingConfig& config, Mixture mixture,
              std::uint64_t seed)
      : samples_(&samples), config_(config), mixture_(std::move(mixture)), seed_(seed) {}

  struct Place {
    std::size_t objective = 0;
    BatchRequest request;
  };
  Place place_of(std::int64_t step, std::int64_t index) const;

  const Samples* samples_;
  PretrainingConfig config_;
  Mixture mixture_;
  std::uint64_t seed_ = 0;
  std::vector<std::int64_t> samples_per_batch_;  // of each objective
};

}  // namespace unimo::trainer
