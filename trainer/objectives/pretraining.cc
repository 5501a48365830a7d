#include "trainer/objectives/pretraining.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "trainer/objectives/match.h"

namespace unimo::trainer {
namespace {

enum class Kind { kTexts, kPictures, kImages, kPairs };  // images have captions, pictures may not

// In the order of the mixture's weights.
struct ObjectiveKind {
  const char* name;
  double MixtureConfig::*weight;
  Result<MicroBatch> (*make)(const Samples&, const PretrainingConfig&, const BatchRequest&);
  std::string_view stream;
  Kind kind;
};
constexpr std::array kObjectives = {
    ObjectiveKind{"text", &MixtureConfig::text, text_batch, kTextStream, Kind::kTexts},
    ObjectiveKind{"image", &MixtureConfig::image, image_batch, kImageStream, Kind::kPictures},
    ObjectiveKind{"pair", &MixtureConfig::pair, pair_batch, kMaskedPairStream, Kind::kPairs},
    ObjectiveKind{"caption", &MixtureConfig::caption, caption_batch, kCaptionStream, Kind::kImages},
    ObjectiveKind{"contrastive", &MixtureConfig::contrastive, contrastive_batch, kPairStream,
                  Kind::kPairs},
    ObjectiveKind{"semantic", &MixtureConfig::semantic, semantic_batch, kSemanticStream,
                  Kind::kPairs},
};

std::uint64_t samples_of(const Samples& samples, Kind kind) {
  switch (kind) {
    case Kind::kTexts: return samples.texts();
    case Kind::kPictures: return samples.pictures();
    default: return samples.images();
  }
}

// How many texts fill the budget on average: by the mean length of the first texts, so that it
// needs no look at all of them. text_visits() evens out what differs.
std::int64_t texts_per_batch(const Samples& samples, int budget) {
  constexpr std::uint64_t kLookedAt = 2000;
  const std::uint64_t count = std::min(samples.texts(), kLookedAt);
  std::int64_t rows = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint32_t text = samples.text_visit(kTextStream, i).sample;
    rows += static_cast<std::int64_t>(samples.pack().text_length(text)) + 2;
  }
  return std::max<std::int64_t>(1,
                                rows == 0 ? 1 : budget * static_cast<std::int64_t>(count) / rows);
}

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::kTexts: return "texts";
    case Kind::kPictures: return "images";
    default: return "images with captions";
  }
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
  for (const ObjectiveKind& objective : kObjectives) {
    if (mixture.*objective.weight <= 0 || samples_of(samples, objective.kind) > 0) continue;
    refuse(
        fmt::format("mixture.{} is above 0 but the pack has no {} to train on; set it to 0 or "
                    "pack some",
                    objective.name, kind_name(objective.kind)));
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
  const bool contrasts = config.contrastive.weight > 0 || (config.contrastive.single_weight > 0 &&
                                                           config.contrastive.single_images > 0);
  if (mixture.contrastive > 0 && !contrasts) {
    refuse("contrastive: both weights are 0; set mixture.contrastive to 0 instead");
  }
  if (const Status fits = check_match(config.match); !fits) refuse(fits.error().message);
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

// Ids of captions for pairs, of images for images alone.
std::string sample_name(const Samples& samples, std::string_view stream, Kind kind,
                        std::uint64_t n) {
  const auto visit =
      kind == Kind::kPictures ? samples.picture_visit(stream, n) : samples.image_visit(stream, n);
  const std::string& image = samples.pack().image(visit.sample).id;
  if (kind != Kind::kPairs) return image;
  const auto caption = samples.caption(samples.draw_caption(stream, visit));
  return caption ? caption->id : image;
}

std::string sample_names(const Samples& samples, std::string_view stream, Kind kind,
                         std::uint64_t first, std::uint64_t count) {
  std::string names = kind == Kind::kPairs ? " captions" : " images";
  for (std::uint64_t i = 0; i < count; ++i)
    names += (i == 0 ? " " : ", ") + sample_name(samples, stream, kind, first + i);
  return names;
}

// Numbers of the pack.
std::string text_names(const Samples& samples, const BatchRequest& request) {
  std::string names = " texts ";
  for (const Samples::Visit& visit : text_visits(samples, request))
    names += (names.ends_with("texts ") ? "" : ", ") + std::to_string(visit.sample);
  return names;
}

// How many samples a micro-batch of each objective takes.
std::vector<std::int64_t> batch_sizes(const Samples& samples, const PretrainingConfig& config) {
  return {config.mixture.text > 0 && samples.texts() > 0
              ? texts_per_batch(samples, config.batch.text_rows)
              : 1,
          config.batch.images,
          config.batch.pairs,
          config.batch.caption_images,
          std::max(config.contrastive.weight > 0 ? config.contrastive.pairs : 0,
                   config.contrastive.single_weight > 0 ? config.contrastive.single_images : 0),
          config.semantic.texts};
}

// The same micro-batch with its means under another name and no part in training.
MicroBatch held_out(const MicroBatch& batch) {
  const auto loss_of = [batch](Unimo& model) {
    const at::NoGradGuard no_gradients;
    MicroLoss result = batch(model);
    for (NamedMean& mean : result.means) mean.name = "heldout." + mean.name;
    return result;
  };
  return MicroBatch(loss_of, batch.rows());
}

}  // namespace

Result<Pretraining> Pretraining::open(const Samples& samples, const PretrainingConfig& config,
                                      const ModelConfig& model, std::uint64_t seed) {
  UNIMO_TRY(check_needs(samples, config, model));
  std::vector<double> weights;
  for (const ObjectiveKind& kind : kObjectives) weights.push_back(config.mixture.*kind.weight);
  Pretraining pretraining(samples, config, Mixture(weights, seed), seed);
  pretraining.samples_per_batch_ = batch_sizes(samples, config);
  return pretraining;
}

std::int64_t Pretraining::micro_batch_count(std::int64_t /*step*/) const {
  return config_.mixture.micro_batches;
}

Pretraining::Place Pretraining::place_of(std::int64_t step, std::int64_t index) const {
  // Two passes are set aside for each micro-batch: the contrastive objective encodes twice.
  constexpr std::int64_t kPasses = 2;
  UNIMO_CHECK(index >= 0 && index < micro_batch_count(step), "micro-batch {} of {}", index,
              micro_batch_count(step));
  const auto turn = mixture_.turn(step * config_.mixture.micro_batches + index);
  const auto objective = static_cast<std::size_t>(turn.objective);
  return {objective,
          {.served_before = static_cast<std::uint64_t>(turn.served_before),
           .samples = static_cast<std::uint64_t>(samples_per_batch_[objective]),
           .encode = {.training = true,
                      .seed = seed_,
                      .step = static_cast<std::uint64_t>(step),
                      .pass = static_cast<std::uint32_t>(index * kPasses)}}};
}

Result<MicroBatch> Pretraining::micro_batch(std::int64_t step, std::int64_t index) const {
  const Place place = place_of(step, index);
  return kObjectives[place.objective].make(*samples_, config_, place.request);
}

std::string Pretraining::describe(std::int64_t step, std::int64_t index) const {
  const auto [number, request] = place_of(step, index);
  const ObjectiveKind& objective = kObjectives[number];
  std::string text = fmt::format("{}:", objective.name);
  const auto add = [&](std::string_view stream, std::uint64_t count) {
    text += sample_names(*samples_, stream, objective.kind, request.served_before * count, count);
  };
  if (objective.kind == Kind::kTexts) return text + text_names(*samples_, request);
  if (objective.make != contrastive_batch) {
    add(objective.stream, request.samples);
    return text;
  }
  const ContrastiveConfig& c = config_.contrastive;
  if (c.weight > 0) add(objective.stream, static_cast<std::uint64_t>(c.pairs));
  if (c.single_weight > 0 && c.single_images > 0) {
    text += c.weight > 0 ? "; alone" : " alone";
    add(kSingleStream, static_cast<std::uint64_t>(c.single_images));
  }
  return text;
}

Result<std::vector<MicroBatch>> Pretraining::heldout(const Samples& samples,
                                                     std::int64_t batches) const {
  PretrainingConfig config = config_;
  config.label_smoothing = 0;
  const auto sizes = batch_sizes(samples, config);
  std::vector<MicroBatch> result;
  for (std::size_t k = 0; k < kObjectives.size(); ++k) {
    const ObjectiveKind& objective = kObjectives[k];
    if (config.mixture.*objective.weight <= 0 || samples_of(samples, objective.kind) == 0) continue;
    for (std::int64_t i = 0; i < batches; ++i) {
      const BatchRequest request{.served_before = static_cast<std::uint64_t>(i),
                                 .samples = static_cast<std::uint64_t>(sizes[k])};
      result.push_back(held_out(UNIMO_TRY(objective.make(samples, config, request))));
    }
  }
  return result;
}

std::int64_t Pretraining::steps_of(double epochs) const {
  // Over many steps each objective has its share of the micro-batches.
  constexpr std::int64_t kSteps = 24000;
  const auto served = mixture_.served(kSteps * config_.mixture.micro_batches);
  double images = 0, pictures = 0, texts = 0;
  for (std::size_t k = 0; k < served.size(); ++k) {
    const double seen =
        static_cast<double>(served[k]) * static_cast<double>(samples_per_batch_[k]) / kSteps;
    const Kind kind = kObjectives[k].kind;
    (kind == Kind::kTexts ? texts : kind == Kind::kPictures ? pictures : images) += seen;
  }
  // Images alone see captioned ones, too, where there are no others.
  if (samples_->pictures() == samples_->images()) images += std::exchange(pictures, 0);
  double wanted = static_cast<double>(samples_->texts()) / texts;
  if (images > 0) {
    wanted = static_cast<double>(samples_->images()) / images;
  } else if (pictures > 0) {
    wanted = static_cast<double>(samples_->pictures()) / pictures;
  }
  return std::max<std::int64_t>(1, std::llround(std::ceil(epochs * wanted)));
}

}  // namespace unimo::trainer
