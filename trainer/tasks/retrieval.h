// Fine-tuning for image-text retrieval.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/model.h"
#include "trainer/config/tasks.h"
#include "trainer/loop/objective.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {

class RetrievalTask : public Objective {
 public:
  // `samples` must outlive it. kInvalid when the semantic vectors do not fit the features or the
  // pooled width, or when there are too few images for a step.
  static Result<RetrievalTask> open(const Samples& samples, const RetrievalConfig& config,
                                    const ModelConfig& model, std::uint64_t seed);

  std::int64_t steps_of(double epochs) const;

  // How many there will be in all, over which the pull to semantic vectors changes; before the
  // first micro-batch is asked for.
  void set_steps(std::int64_t steps) { steps_ = steps; }

  // Pure functions of step and index. Calls may overlap.
  std::int64_t micro_batch_count(std::int64_t /*step*/) const override {
    return config_.micro_batches;
  }
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override;
  // "retrieval of images 7.jpg, 9.jpg".
  std::string describe(std::int64_t step, std::int64_t index) const override;

 private:
  RetrievalTask(const Samples& samples, const RetrievalConfig& config, std::uint64_t seed)
      : samples_(&samples), config_(config), seed_(seed) {}
  // `number`: of the micro-batch in the whole training.
  Result<MicroBatch> contrastive(std::int64_t number, const EncodeOptions& encode) const;
  Result<MicroBatch> circle(std::int64_t number, const EncodeOptions& encode) const;

  const Samples* samples_;
  RetrievalConfig config_;
  std::uint64_t seed_;
  std::int64_t steps_ = 1;
};

}  // namespace unimo::trainer
