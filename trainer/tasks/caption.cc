#include "trainer/tasks/caption.h"

#include <algorithm>
#include <cmath>

#include "trainer/objectives/objective_batches.h"

namespace unimo::trainer {

CaptionTask::CaptionTask(const Samples& samples, const CaptionConfig& config, std::uint64_t seed)
    : samples_(&samples), config_(config), seed_(seed) {}

std::int64_t CaptionTask::steps_of(double epochs) const {
  const double steps = static_cast<double>(samples_->images()) / config_.batch;
  return std::max<std::int64_t>(1, std::llround(std::ceil(epochs * steps)));
}

Result<std::vector<MicroBatch>> CaptionTask::micro_batches(std::int64_t step) const {
  PretrainingConfig config;
  config.batch.captions_per_image = config_.captions_per_image;
  config.label_smoothing = config_.label_smoothing;
  const BatchRequest request{
      .served_before = static_cast<std::uint64_t>(step),
      .samples = static_cast<std::uint64_t>(config_.batch),
      .encode = {.training = true, .seed = seed_, .step = static_cast<std::uint64_t>(step)}};
  std::vector<MicroBatch> batches;
  batches.push_back(UNIMO_TRY(caption_batch(*samples_, config, request)));
  return batches;
}

}  // namespace unimo::trainer
