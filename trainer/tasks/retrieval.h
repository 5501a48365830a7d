// Fine-tuning for image-text retrieval.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/model.h"
#include "trainer/config/tasks.h"
#include "trainer/loop/train_loop.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {

class RetrievalTask {
 public:
  // `samples` must outlive it. kInvalid when the semantic vectors do not fit the features or the
  // pooled width, or when there are too few images for a step.
  static Result<RetrievalTask> open(const Samples& samples, const RetrievalConfig& config,
                                    const ModelConfig& model, std::uint64_t seed);

  std::int64_t steps_of(double epochs) const;

  // One a step: pure functions of step and index; `steps` is how many there will be in all. Calls
  // may overlap.
  std::int64_t micro_batch_count(std::int64_t /*step*/) const { return 1; }
  Result<MicroBatch> micro_batch(std::int64_t step, std::int64_t index, std::int64_t steps) const;
  Result<std::vector<MicroBatch>> micro_batches(std::int64_t step, std::int64_t steps) const;
  // "retrieval of images 7.jpg, 9.jpg".
  std::string describe(std::int64_t step, std::int64_t index) const;

 private:
  RetrievalTask(const Samples& samples, const RetrievalConfig& config, std::uint64_t seed)
      : samples_(&samples), config_(config), seed_(seed) {}
  Result<MicroBatch> contrastive(std::int64_t step, std::int64_t steps,
                                 const EncodeOptions& encode) const;
  Result<MicroBatch> circle(std::int64_t step, const EncodeOptions& encode) const;

  const Samples* samples_;
  RetrievalConfig config_;
  std::uint64_t seed_;
};

}  // namespace unimo::trainer
