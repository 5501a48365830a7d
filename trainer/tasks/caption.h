// Fine-tuning for captioning: whole captions from their image and the names of its objects, all
// captions of an image sharing it; with adversarial steps where the settings ask for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/tasks.h"
#include "trainer/loop/objective.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {

class CaptionTask : public Objective {
 public:
  // `samples` must outlive it.
  CaptionTask(const Samples& samples, const CaptionConfig& config, std::uint64_t seed);

  std::int64_t steps_of(double epochs) const;

  // Pure functions of step and index. Calls may overlap.
  std::int64_t micro_batch_count(std::int64_t /*step*/) const override {
    return config_.micro_batches;
  }
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index) const override;
  // "captions of images 7.jpg, 9.jpg".
  std::string describe(std::int64_t step, std::int64_t index) const override;

 private:
  const Samples* samples_;
  CaptionConfig config_;
  std::uint64_t seed_;
};

}  // namespace unimo::trainer
