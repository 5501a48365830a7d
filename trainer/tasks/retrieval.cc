#include "trainer/tasks/retrieval.h"

#include <ATen/TensorOperators.h>
#include <cmath>
#include <memory>
#include <utility>

#include "trainer/objectives/match_loss.h"

namespace unimo::trainer {
namespace {

constexpr std::string_view kStream = "retrieval";

struct DualWork {
  DualBatch dual;
  SemanticTargets semantic;
};

// UNIMO's mean of two circle losses: against other captions, against other images. Candidates stand
// as the true pair, the caption negatives, the image negatives.
MicroLoss circle_step_loss(Unimo& model, const CandidateBatch& joint, const RetrievalConfig& config,
                           const EncodeOptions& encode) {
  const at::Tensor scores = trainer::candidate_scores(model, joint, config.match, encode);
  const CircleOptions options{.margin = config.circle.margin, .gamma = config.circle.gamma};
  const auto against = [&](std::int64_t first, std::int64_t count) {
    return trainer::circle_loss(scores.narrow(1, 0, 1), scores.narrow(1, first, count), options);
  };
  const std::int64_t captions = config.circle.caption_negatives,
                     images = config.circle.image_negatives;
  const at::Tensor losses = (against(1, captions) + against(1 + captions, images)) * 0.5;
  MicroLoss result{.loss = losses.mean().to(at::kFloat), .rows = joint.batch.rows};
  result.means.push_back(
      {"loss.circle", losses.sum().item<double>(), static_cast<double>(joint.groups)});
  const at::Tensor first = scores.detach().argmax(1).eq(0);
  result.means.push_back(
      {"accuracy.circle", first.sum().item<double>(), static_cast<double>(joint.groups)});
  return result;
}

Status check_semantic(const Samples& samples, const RetrievalConfig& config,
                      const ModelConfig& model) {
  if (config.semantic.from <= 0 && config.semantic.to <= 0) return ok();
  if (config.semantic.size > samples.feature_size()) {
    return fail(ErrorCode::kInvalid,
                "retrieval.semantic.size {} exceeds the {} numbers of a feature",
                config.semantic.size, samples.feature_size());
  }
  const int width = semantic_width(config.match, config.semantic.size);
  if (width == model.pooled) return ok();
  return fail(ErrorCode::kInvalid,
              "retrieval.semantic: vectors are {} wide{} but the model's pooled vectors {}; change "
              "retrieval.semantic.size or train a model of that width",
              width, config.match.relu ? " (twice the size, for match.relu)" : "", model.pooled);
}

}  // namespace

Result<RetrievalTask> RetrievalTask::open(const Samples& samples, const RetrievalConfig& config,
                                          const ModelConfig& model, std::uint64_t seed) {
  UNIMO_TRY(check_semantic(samples, config, model));
  UNIMO_TRY(check_match(config.match));
  if (samples.images() < 2) {
    return fail(ErrorCode::kInvalid,
                "retrieval needs two images to tell apart; the pack's training splits have {}",
                samples.images());
  }
  RetrievalConfig fitted = config;
  // A batch larger than the epoch would show an image beside itself as its own rival.
  fitted.batch = static_cast<int>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(config.batch), samples.images()));
  return RetrievalTask(samples, fitted, seed);
}

std::int64_t RetrievalTask::steps_of(double epochs) const {
  const double steps = static_cast<double>(samples_->images()) /
                       static_cast<double>(config_.batch * config_.micro_batches);
  return std::max<std::int64_t>(1, std::llround(std::ceil(epochs * steps)));
}

Result<MicroBatch> RetrievalTask::micro_batch(std::int64_t step, std::int64_t index) const {
  const EncodeOptions encode{.training = true,
                             .seed = seed_,
                             .step = static_cast<std::uint64_t>(step),
                             .pass = static_cast<std::uint32_t>(index)};
  const std::int64_t number = step * config_.micro_batches + index;
  const MicroBatch whole =
      UNIMO_TRY(config_.loss == "circle" ? circle(number, encode) : contrastive(number, encode));
  return MicroBatch([whole, count = config_.micro_batches](
                        Unimo& model) { return share_of_step(whole(model), count); },
                    whole.rows());
}

std::string RetrievalTask::describe(std::int64_t step, std::int64_t index) const {
  const std::int64_t number = step * config_.micro_batches + index;
  return "retrieval of images " +
         samples_->image_names(kStream, static_cast<std::uint64_t>(number * config_.batch),
                               static_cast<std::uint64_t>(config_.batch));
}

Result<MicroBatch> RetrievalTask::contrastive(std::int64_t number,
                                              const EncodeOptions& encode) const {
  const auto work = std::make_shared<DualWork>();
  const double progress =
      steps_ > 1 ? static_cast<double>(encode.step) / static_cast<double>(steps_ - 1) : 0.0;
  work->semantic.weight =
      config_.semantic.from + (config_.semantic.to - config_.semantic.from) * progress;
  DualBatchBuilder builder(samples_->feature_size(), samples_->special());
  for (int i = 0; i < config_.batch; ++i) {
    const auto visit =
        samples_->image_visit(kStream, static_cast<std::uint64_t>(number * config_.batch + i));
    const auto image = UNIMO_TRY(samples_->show(kStream, visit));
    builder.add_image(image);
    if (work->semantic.weight > 0) {
      const auto vector = semantic_vector(image.regions, config_.match, config_.semantic.size);
      work->semantic.vectors.insert(work->semantic.vectors.end(), vector.begin(), vector.end());
    }
    auto ids = UNIMO_TRY(samples_->caption_ids(samples_->draw_caption(kStream, visit)));
    Random random = samples_->random(kStream, "words", visit);
    samples_->drop_words(ids, random);
    builder.add_text(ids, i);
  }
  work->dual = builder.take();
  return MicroBatch(
      [work, match = config_.match, encode](Unimo& model) {
        return dual_loss(model, work->dual, work->semantic, {.match = match}, encode);
      },
      work->dual.batch.rows);
}

Result<MicroBatch> RetrievalTask::circle(std::int64_t number, const EncodeOptions& encode) const {
  const CircleConfig& c = config_.circle;
  CandidateBatchBuilder builder(samples_->feature_size(), samples_->special(),
                                1 + c.caption_negatives + c.image_negatives);
  for (int i = 0; i < config_.batch; ++i) {
    const auto visit =
        samples_->image_visit(kStream, static_cast<std::uint64_t>(number * config_.batch + i));
    const auto image = UNIMO_TRY(samples_->show(kStream, visit));
    const auto ids = UNIMO_TRY(samples_->caption_ids(samples_->draw_caption(kStream, visit)));
    Random random = samples_->random(kStream, "negatives", visit);
    builder.begin_group();
    builder.add_pair(image, ids, true);
    for (int k = 0; k < c.caption_negatives; ++k) {
      const auto other = samples_->other_image(visit, random);
      const auto caption = UNIMO_TRY(samples_->caption_ids(samples_->caption_by(other, random)));
      builder.add_pair(image, caption, false);
    }
    for (int k = 0; k < c.image_negatives; ++k) {
      builder.add_pair(UNIMO_TRY(samples_->show(kStream, samples_->other_image(visit, random))),
                       ids, false);
    }
  }
  const auto joint = std::make_shared<const CandidateBatch>(builder.take());
  return MicroBatch([joint, config = config_, encode](
                        Unimo& model) { return circle_step_loss(model, *joint, config, encode); },
                    joint->batch.rows);
}

}  // namespace unimo::trainer
