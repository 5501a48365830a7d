#include <algorithm>
#include <memory>
#include <utility>

#include "trainer/objectives/masked_loss.h"
#include "trainer/objectives/objective_batches.h"

namespace unimo::trainer {
namespace {

MaskingOptions masking_of(const Samples& samples, const PretrainingConfig& config) {
  return {.feature_size = samples.feature_size(),
          .vocabulary = samples.vocabulary(),
          .special = samples.special(),
          .masked_text = config.masked_text,
          .seq2seq = config.seq2seq,
          .masked_regions = config.masked_regions};
}

MicroBatch loss_of(MaskedBatch masked, const PretrainingConfig& config,
                   const BatchRequest& request) {
  const auto shared = std::make_shared<const MaskedBatch>(std::move(masked));
  const MaskedLossOptions options{.label_smoothing = config.label_smoothing,
                                  .regression_weight = config.masked_regions.regression_weight,
                                  .class_weight = config.masked_regions.class_weight};
  return [shared, options, encode = request.encode](Unimo& model) {
    return masked_loss(model, *shared, options, encode);
  };
}

enum class Question { kMaskedText, kSeq2Seq, kMaskedRegions };

// What a sample is asked, in the ratio of the settings.
Question draw_question(const PairConfig& config, bool with_image, Random& random) {
  const double regions = with_image ? config.masked_regions : 0;
  const double u = random.uniform() * (config.masked_text + config.seq2seq + regions);
  if (u < config.masked_text) return Question::kMaskedText;
  return u < config.masked_text + config.seq2seq ? Question::kSeq2Seq : Question::kMaskedRegions;
}

}  // namespace

Result<MicroBatch> text_batch(const Samples& samples, const PretrainingConfig& config,
                              const BatchRequest& request) {
  MaskedBatchBuilder builder(masking_of(samples, config));
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit = samples.text_visit("text", request.served_before * request.samples + i);
    const auto ids = UNIMO_TRY(samples.text_ids(visit.sample));
    Random random = samples.random("text", "mask", visit);
    const Question question = draw_question(config.pair, false, random);
    if (question == Question::kSeq2Seq)
      builder.add_seq2seq(samples.units(ids), nullptr, random);
    else
      builder.add_masked_text(samples.units(ids), nullptr, random);
  }
  return loss_of(builder.take(), config, request);
}

Result<MicroBatch> image_batch(const Samples& samples, const PretrainingConfig& config,
                               const BatchRequest& request) {
  MaskedBatchBuilder builder(masking_of(samples, config));
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit = samples.image_visit("image", request.served_before * request.samples + i);
    Random random = samples.random("image", "mask", visit);
    builder.add_masked_regions(UNIMO_TRY(samples.show("image", visit)), {}, random);
  }
  return loss_of(builder.take(), config, request);
}

Result<MicroBatch> pair_batch(const Samples& samples, const PretrainingConfig& config,
                              const BatchRequest& request) {
  MaskedBatchBuilder builder(masking_of(samples, config));
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit = samples.image_visit("pair", request.served_before * request.samples + i);
    const auto image = UNIMO_TRY(samples.show("pair", visit));
    const auto ids = UNIMO_TRY(samples.caption_ids(samples.draw_caption("pair", visit)));
    const UnitText text = samples.units(ids);
    Random random = samples.random("pair", "mask", visit);
    switch (draw_question(config.pair, true, random)) {
      case Question::kMaskedText: builder.add_masked_text(text, &image, random); break;
      case Question::kSeq2Seq: builder.add_seq2seq(text, &image, random); break;
      case Question::kMaskedRegions: builder.add_masked_regions(image, text, random); break;
    }
  }
  return loss_of(builder.take(), config, request);
}

Result<MicroBatch> caption_batch(const Samples& samples, const PretrainingConfig& config,
                                 const BatchRequest& request) {
  MaskedBatchBuilder builder(masking_of(samples, config));
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit = samples.image_visit("caption", request.served_before * request.samples + i);
    const auto image = UNIMO_TRY(samples.show("caption", visit));
    std::vector<std::uint32_t> chosen(samples.captions_of(visit.sample).begin(),
                                      samples.captions_of(visit.sample).end());
    Random random = samples.random("caption", "choice", visit);
    random.shuffle(std::span<std::uint32_t>(chosen));
    chosen.resize(
        std::min(chosen.size(), static_cast<std::size_t>(config.batch.captions_per_image)));
    std::vector<std::vector<std::int32_t>> captions;
    for (const std::uint32_t caption : chosen)
      captions.push_back(UNIMO_TRY(samples.caption_ids(caption)));
    builder.add_captions(image, captions);
  }
  const auto shared = std::make_shared<const MaskedBatch>(builder.take());
  const MaskedLossOptions options{.label_smoothing = config.label_smoothing,
                                  .generated_name = "caption"};
  return MicroBatch([shared, options, encode = request.encode](Unimo& model) {
    return masked_loss(model, *shared, options, encode);
  });
}

}  // namespace unimo::trainer
