// Fine-tuning for captioning: whole captions from their image, all captions of an image sharing it.
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/tasks.h"
#include "trainer/loop/train_loop.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {

class CaptionTask {
 public:
  // `samples` must outlive it.
  CaptionTask(const Samples& samples, const CaptionConfig& config, std::uint64_t seed);

  std::int64_t steps_of(double epochs) const;
  // A pure function of the step.
  Result<std::vector<MicroBatch>> micro_batches(std::int64_t step) const;

 private:
  const Samples* samples_;
  CaptionConfig config_;
  std::uint64_t seed_;
};

}  // namespace unimo::trainer
