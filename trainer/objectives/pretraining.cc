#include "trainer/objectives/pretraining.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "trainer/objectives/match.h"
#include "trainer/objectives/objective_batches.h"

namespace unimo::trainer {
namespace {

// In the order of the mixture's weights.
struct ObjectiveKind {
  const char* name;
  double MixtureConfig::*weight;
  Result<MicroBatch> (*make)(const Samples&, const PretrainingConfig&, const BatchRequest&);
};
constexpr std::array kObjectives = {
    ObjectiveKind{"text", &MixtureConfig::text, text_batch},
    ObjectiveKind{"image", &MixtureConfig::image, image_batch},
    ObjectiveKind{"pair", &MixtureConfig::pair, pair_batch},
    ObjectiveKind{"caption", &MixtureConfig::caption, caption_batch},
    ObjectiveKind{"contrastive", &MixtureConfig::contrastive, contrastive_batch},
    ObjectiveKind{"semantic", &MixtureConfig::semantic, semantic_batch},
};

// How many texts fill the budget: by the mean length of the first texts, so that it needs no look
// at all of them.
Result<std::int64_t> texts_per_batch(const Samples& samples, int budget) {
  constexpr std::uint64_t kLookedAt = 2000;
  const std::uint64_t count = std::min(samples.texts(), kLookedAt);
  std::int64_t rows = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto ids = UNIMO_TRY(samples.text_ids(samples.text_visit("text", i).sample));
    rows += static_cast<std::int64_t>(ids.size()) + 2;
  }
  return std::max<std::int64_t>(1,
                                rows == 0 ? 1 : budget * static_cast<std::int64_t>(count) / rows);
}

Status check_needs(const Samples& samples, const PretrainingConfig& config,
                   const ModelConfig& model) {
  std::vector<Error> mistakes;
  const auto refuse = [&](std::string text) {
    mistakes.push_back({ErrorCode::kInvalid, std::move(text)});
  };
  const MixtureConfig& mixture = config.mixture;
  const double total = mixture.text + mixture.image + mixture.pair + mixture.caption +
                       mixture.contrastive + mixture.semantic;
  if (total <= 0) refuse("mixture: all weights are 0; give at least one objective a weight");
  if (mixture.text > 0 && samples.texts() == 0) {
    refuse("mixture.text is above 0 but the pack has no texts; set it to 0 or pack a text corpus");
  }
  if (mixture.text > 0 && config.pair.masked_text + config.pair.seq2seq <= 0) {
    refuse(
        "pair.masked_text and pair.seq2seq are both 0, so nothing can be asked of a text; set "
        "mixture.text to 0");
  }
  if (mixture.pair > 0 &&
      config.pair.masked_text + config.pair.seq2seq + config.pair.masked_regions <= 0) {
    refuse("pair: all shares are 0, so nothing can be asked of a pair; set mixture.pair to 0");
  }
  const bool contrasts =
      config.contrastive.joint_weight > 0 ||
      (config.contrastive.single_weight > 0 && config.contrastive.single_images > 0);
  if (mixture.contrastive > 0 && !contrasts) {
    refuse("contrastive: both weights are 0; set mixture.contrastive to 0 instead");
  }
  if (mixture.semantic > 0) {
    if (config.semantic.size > samples.feature_size()) {
      refuse(fmt::format("semantic.size {} exceeds the {} numbers of a feature",
                         config.semantic.size, samples.feature_size()));
    }
    const int width = semantic_width(config.match, config.semantic.size);
    if (width != model.pooled) {
      refuse(fmt::format("semantic vectors are {} wide{} but model.pooled is {}; make them equal",
                         width, config.match.relu ? " (twice semantic.size, for match.relu)" : "",
                         model.pooled));
    }
  }
  if (mistakes.empty()) return ok();
  return tl::unexpected(join_errors(mistakes));
}

}  // namespace

Result<Pretraining> Pretraining::open(const Samples& samples, const PretrainingConfig& config,
                                      const ModelConfig& model, std::uint64_t seed) {
  UNIMO_TRY(check_needs(samples, config, model));
  std::vector<double> weights;
  for (const ObjectiveKind& kind : kObjectives) weights.push_back(config.mixture.*kind.weight);
  Pretraining pretraining(samples, config, Mixture(weights, seed), seed);
  const std::int64_t texts = config.mixture.text > 0
                                 ? UNIMO_TRY(texts_per_batch(samples, config.batch.text_rows))
                                 : std::int64_t{1};
  pretraining.samples_per_batch_ = {
      texts,
      config.batch.images,
      config.batch.pairs,
      config.batch.caption_images,
      std::max(config.contrastive.images, config.contrastive.single_images),
      config.semantic.texts};
  return pretraining;
}

Result<std::vector<MicroBatch>> Pretraining::micro_batches(std::int64_t step) const {
  // Two passes are set aside for each micro-batch: the contrastive objective encodes twice.
  constexpr int kPasses = 2;
  std::vector<MicroBatch> batches;
  for (int i = 0; i < config_.mixture.micro_batches; ++i) {
    const auto turn = mixture_.turn(step * config_.mixture.micro_batches + i);
    const auto objective = static_cast<std::size_t>(turn.objective);
    const BatchRequest request{.served_before = static_cast<std::uint64_t>(turn.served_before),
                               .samples = static_cast<std::uint64_t>(samples_per_batch_[objective]),
                               .encode = {.training = true,
                                          .seed = seed_,
                                          .step = static_cast<std::uint64_t>(step),
                                          .pass = static_cast<std::uint32_t>(i * kPasses)}};
    batches.push_back(UNIMO_TRY(kObjectives[objective].make(*samples_, config_, request)));
  }
  return batches;
}

std::int64_t Pretraining::steps_of(double epochs) const {
  // Over many steps each objective has its share of the micro-batches.
  constexpr std::int64_t kSteps = 24000;
  const auto served = mixture_.served(kSteps * config_.mixture.micro_batches);
  double images = 0, texts = 0;
  for (std::size_t k = 0; k < served.size(); ++k) {
    const double seen =
        static_cast<double>(served[k]) * static_cast<double>(samples_per_batch_[k]) / kSteps;
    (k == 0 ? texts : images) += seen;
  }
  const double wanted = images > 0 ? static_cast<double>(samples_->images()) / images
                                   : static_cast<double>(samples_->texts()) / texts;
  return std::max<std::int64_t>(1, std::llround(std::ceil(epochs * wanted)));
}

}  // namespace unimo::trainer
