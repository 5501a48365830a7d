#include <algorithm>
#include <memory>
#include <utility>

#include "trainer/data/packing.h"
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

MaskedLossOptions loss_options(const PretrainingConfig& config) {
  return {.label_smoothing = config.label_smoothing,
          .masked_weight = config.masked_text.weight,
          .generated_weight = config.seq2seq.weight,
          .regression_weight = config.masked_regions.regression_weight,
          .class_weight = config.masked_regions.class_weight};
}

MicroBatch loss_of(MaskedBatch masked, const PretrainingConfig& config,
                   const BatchRequest& request) {
  const auto shared = std::make_shared<const MaskedBatch>(std::move(masked));
  const MaskedLossOptions options = loss_options(config);
  return MicroBatch([shared, options, encode = request.encode](
                        Unimo& model) { return masked_loss(model, *shared, options, encode); },
                    shared->batch.rows);
}

enum class Question { kMaskedText, kSeq2Seq, kMaskedRegions };

// What the samples of one micro-batch are asked, in the ratio of the settings: regions by sample,
// and of texts as the turns say.
class Questions {
 public:
  Questions(const Samples& samples, const PairConfig& config, std::string_view stream,
            std::uint64_t served_before)
      : config_(config), masked_share_(config.masked_text / (config.masked_text + config.seq2seq)) {
    if (config.turns == "coin") {
      masked_ = samples.batch_random(stream, "turn", served_before).uniform() < masked_share_;
    } else if (config.turns == "alternate") {
      masked_ = config.seq2seq <= 0 || (config.masked_text > 0 && served_before % 2 == 0);
    }
  }

  Question draw(bool with_image, Random& random) const {
    const double text = config_.masked_text + config_.seq2seq;
    const double regions = with_image ? config_.masked_regions : 0;
    if (random.uniform() * (text + regions) >= text) return Question::kMaskedRegions;
    const bool masked = config_.turns == "sample" ? random.uniform() < masked_share_ : masked_;
    return masked ? Question::kMaskedText : Question::kSeq2Seq;
  }

 private:
  PairConfig config_;
  double masked_share_;
  bool masked_ = false;
};

}  // namespace

std::vector<Samples::Visit> text_visits(const Samples& samples, const BatchRequest& request) {
  const std::uint64_t together = request.encode.training ? 8 : 1;  // micro-batches
  const std::uint64_t first = request.served_before / together * together * request.samples;
  std::vector<Samples::Visit> visits;
  std::vector<std::uint32_t> rows;
  for (std::uint64_t i = 0; i < together * request.samples; ++i) {
    visits.push_back(samples.text_visit(kTextStream, first + i));
    rows.push_back(samples.pack().text_length(visits.back().sample) + 2);
  }
  const auto groups = balance_rows(rows, together);
  std::vector<Samples::Visit> own;
  for (const std::uint32_t i : groups[request.served_before % together]) own.push_back(visits[i]);
  return own;
}

Result<MicroBatch> text_batch(const Samples& samples, const PretrainingConfig& config,
                              const BatchRequest& request) {
  MaskedBatchBuilder builder(masking_of(samples, config));
  const Questions questions(samples, config.pair, kTextStream, request.served_before);
  for (const Samples::Visit& visit : text_visits(samples, request)) {
    const auto text = UNIMO_TRY(samples.text(visit.sample));
    Random random = samples.random(kTextStream, "mask", visit);
    if (questions.draw(false, random) == Question::kSeq2Seq)
      builder.add_seq2seq(samples.units(text), nullptr, random);
    else
      builder.add_masked_text(samples.units(text), nullptr, random);
  }
  return loss_of(builder.take(), config, request);
}

Result<MicroBatch> image_batch(const Samples& samples, const PretrainingConfig& config,
                               const BatchRequest& request) {
  MaskedBatchBuilder builder(masking_of(samples, config));
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit =
        samples.picture_visit(kImageStream, request.served_before * request.samples + i);
    Random random = samples.random(kImageStream, "mask", visit);
    builder.add_masked_regions(UNIMO_TRY(samples.show(kImageStream, visit)), {}, random);
  }
  return loss_of(builder.take(), config, request);
}

Result<MicroBatch> pair_batch(const Samples& samples, const PretrainingConfig& config,
                              const BatchRequest& request) {
  MaskedBatchBuilder builder(masking_of(samples, config));
  const Questions questions(samples, config.pair, kMaskedPairStream, request.served_before);
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit =
        samples.image_visit(kMaskedPairStream, request.served_before * request.samples + i);
    const auto image = UNIMO_TRY(samples.show(kMaskedPairStream, visit));
    const auto caption = UNIMO_TRY(samples.caption(samples.draw_caption(kMaskedPairStream, visit)));
    const UnitText text = samples.units(caption);
    Random random = samples.random(kMaskedPairStream, "mask", visit);
    switch (questions.draw(true, random)) {
      case Question::kMaskedText: builder.add_masked_text(text, &image, random); break;
      case Question::kSeq2Seq: builder.add_seq2seq(text, &image, random); break;
      case Question::kMaskedRegions: builder.add_masked_regions(image, text, random); break;
    }
  }
  return loss_of(builder.take(), config, request);
}

Result<MaskedBatch> draw_captions(const Samples& samples, const PretrainingConfig& config,
                                  const ObjectTagsConfig& tags, const BatchRequest& request) {
  MaskedBatchBuilder builder(masking_of(samples, config));
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit =
        samples.image_visit(kCaptionStream, request.served_before * request.samples + i);
    const auto image = UNIMO_TRY(samples.show(kCaptionStream, visit));
    const auto all = samples.captions_of(visit.sample);
    std::vector<std::uint32_t> chosen(all.begin(), all.end());
    Random random = samples.random(kCaptionStream, "choice", visit);
    random.shuffle(std::span<std::uint32_t>(chosen));
    chosen.resize(
        std::min(chosen.size(), static_cast<std::size_t>(config.batch.captions_per_image)));
    std::vector<std::vector<std::int32_t>> captions;
    for (const std::uint32_t caption : chosen)
      captions.push_back(UNIMO_TRY(samples.caption_ids(caption)));
    const auto names = UNIMO_TRY(object_tags(samples.pack(), image.regions, tags));
    builder.add_captions(image, names, captions);
  }
  return builder.take();
}

Result<MicroBatch> caption_batch(const Samples& samples, const PretrainingConfig& config,
                                 const BatchRequest& request) {
  const auto shared = std::make_shared<const MaskedBatch>(
      UNIMO_TRY(draw_captions(samples, config, {.max_tokens = 0}, request)));
  MaskedLossOptions options = loss_options(config);
  options.generated_name = "caption";
  return MicroBatch([shared, options, encode = request.encode](
                        Unimo& model) { return masked_loss(model, *shared, options, encode); },
                    shared->batch.rows);
}

}  // namespace unimo::trainer
