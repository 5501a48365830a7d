#include "trainer/tasks/caption.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "trainer/objectives/adversarial.h"
#include "trainer/objectives/losses.h"
#include "trainer/objectives/masked_loss.h"
#include "trainer/objectives/objective_batches.h"

namespace unimo::trainer {
namespace {

MicroLoss adversarial_caption_loss(Unimo& model, const MaskedBatch& captions,
                                   const CaptionConfig& config, const EncodeOptions& encode) {
  const TokenTargets& targets = captions.generated;
  const AdversarialTask task{
      .batch = captions.batch,
      .logits =
          [&targets](Unimo& net, const at::Tensor& hidden, const EncodeOptions&) {
            return net.lm_logits(trainer::gather_rows(hidden, targets.rows));
          },
      .loss =
          [&](const at::Tensor& logits) {
            return trainer::token_loss_mean(logits, targets.labels, config.label_smoothing);
          }};
  const AdversarialLoss loss = adversarial_loss(model, task, config.adversarial, encode);
  const auto count = static_cast<double>(targets.rows.size());
  return {.loss = loss.loss,
          .means = {{"loss.caption", loss.clean * count, count},
                    {"loss.adversarial_text", loss.text * count, count},
                    {"loss.adversarial_image", loss.image * count, count},
                    {"loss.divergence", loss.divergence * count, count}},
          .rows = loss.rows};
}

}  // namespace

CaptionTask::CaptionTask(const Samples& samples, const CaptionConfig& config, std::uint64_t seed)
    : samples_(&samples), config_(config), seed_(seed) {}

std::int64_t CaptionTask::steps_of(double epochs) const {
  const double steps = static_cast<double>(samples_->images()) /
                       static_cast<double>(config_.batch * config_.micro_batches);
  return std::max<std::int64_t>(1, std::llround(std::ceil(epochs * steps)));
}

Result<MicroBatch> CaptionTask::micro_batch(std::int64_t step, std::int64_t index) const {
  // More passes than a micro-batch encodes with adversarial steps.
  constexpr std::int64_t kPasses = 128;
  PretrainingConfig config;
  config.batch.captions_per_image = config_.captions_per_image;
  const BatchRequest request{
      .served_before = static_cast<std::uint64_t>(step * config_.micro_batches + index),
      .samples = static_cast<std::uint64_t>(config_.batch),
      .encode = {.training = true,
                 .seed = seed_,
                 .step = static_cast<std::uint64_t>(step),
                 .pass = static_cast<std::uint32_t>(index * kPasses)}};
  const auto captions = std::make_shared<const MaskedBatch>(
      UNIMO_TRY(draw_captions(*samples_, config, config_.tags, request)));
  const auto loss_of = [captions, task = config_, encode = request.encode](Unimo& model) {
    if (task.adversarial.steps > 0) return adversarial_caption_loss(model, *captions, task, encode);
    return masked_loss(model, *captions,
                       {.label_smoothing = task.label_smoothing, .generated_name = "caption"},
                       encode);
  };
  return MicroBatch([loss_of, count = config_.micro_batches](
                        Unimo& model) { return share_of_step(loss_of(model), count); },
                    captions->batch.rows);
}

std::string CaptionTask::describe(std::int64_t step, std::int64_t index) const {
  const std::int64_t number = step * config_.micro_batches + index;
  return "captions of images " +
         samples_->image_names(kCaptionStream, static_cast<std::uint64_t>(number * config_.batch),
                               static_cast<std::uint64_t>(config_.batch));
}

}  // namespace unimo::trainer
