#include <ATen/TensorOperators.h>
#include <memory>
#include <utility>

#include "trainer/objectives/contrast_draw.h"
#include "trainer/objectives/match_loss.h"
#include "trainer/objectives/objective_batches.h"

namespace unimo::trainer {
namespace {

// Images alone with one caption each, for the single-modal terms.
Result<DualBatch> single_batch(const Samples& samples, const PretrainingConfig& config,
                               std::uint64_t served_before) {
  const auto count = static_cast<std::uint64_t>(config.contrastive.single_images);
  DualBatchBuilder builder(samples.feature_size(), samples.special());
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto visit = samples.image_visit(kSingleStream, served_before * count + i);
    builder.add_image(UNIMO_TRY(samples.show(kSingleStream, visit)));
    auto ids = UNIMO_TRY(samples.caption_ids(samples.draw_caption(kSingleStream, visit)));
    Random random = samples.random(kSingleStream, "words", visit);
    samples.drop_words(ids, random);
    builder.add_text(ids, static_cast<std::int32_t>(i));
  }
  return builder.take();
}

// Up to `count` other pairs of the micro-batch with another image, nearest behind it first.
std::vector<const ContrastedPair*> others_of(std::span<const ContrastedPair> pairs, std::size_t own,
                                             int count) {
  std::vector<const ContrastedPair*> others;
  for (std::size_t k = 1; k < pairs.size() && static_cast<int>(others.size()) < count; ++k) {
    const ContrastedPair& other = pairs[(own + k) % pairs.size()];
    if (other.number != pairs[own].number) others.push_back(&other);
  }
  return others;
}

// The true pair and X+, X-, X^I, X^T, then the easy negatives.
void add_group(std::span<const ContrastedPair> pairs, std::size_t own, const ContrastiveConfig& c,
               CandidateBatchBuilder& builder) {
  const ContrastedPair& pair = pairs[own];
  builder.begin_group();
  builder.add_pair(pair.image, pair.text, true);
  for (const auto& ids : pair.positives) builder.add_pair(pair.image, ids, true);
  for (const auto& ids : pair.negatives) builder.add_pair(pair.image, ids, false);
  builder.add_related_images(pair.related_images, pair.text);
  builder.add_related_texts(pair.image, pair.related_texts);
  for (const ContrastedPair* other : others_of(pairs, own, c.batch_captions))
    builder.add_pair(pair.image, other->text, false);
  for (const ContrastedPair* other : others_of(pairs, own, c.batch_images))
    builder.add_pair(other->image, pair.text, false);
}

Result<CandidateBatch> candidate_batch(const Samples& samples, const PretrainingConfig& config,
                                       std::uint64_t served_before) {
  const ContrastiveConfig& c = config.contrastive;
  const auto count = static_cast<std::uint64_t>(c.pairs);
  std::vector<ContrastedPair> pairs;
  for (std::uint64_t i = 0; i < count; ++i)
    pairs.push_back(UNIMO_TRY(draw_contrast(samples, c, kPairStream, served_before * count + i)));
  CandidateBatchBuilder builder(samples.feature_size(), samples.special(),
                                1 + c.positives + c.negatives + c.related_images + c.related_texts +
                                    c.batch_captions + c.batch_images);
  for (std::size_t i = 0; i < pairs.size(); ++i) add_group(pairs, i, c, builder);
  return builder.take();
}

struct ContrastiveWork {
  DualBatch single;
  CandidateBatch candidates;
};

MicroLoss contrastive_loss(Unimo& model, const ContrastiveWork& work,
                           const PretrainingConfig& config, EncodeOptions encode) {
  MicroLoss result;
  const auto add = [&](MicroLoss part) {
    result.loss = result.loss.defined() ? result.loss + part.loss : part.loss;
    result.rows += part.rows;
    for (NamedMean& mean : part.means) result.means.push_back(std::move(mean));
  };
  if (work.single.batch.rows > 0) {
    add(dual_loss(model, work.single, {}, {config.match, config.contrastive.single_weight},
                  encode));
  }
  encode.pass += 1;
  if (work.candidates.batch.rows > 0) {
    add(candidate_loss(model, work.candidates, {config.match, config.contrastive.weight}, encode));
  }
  return result;
}

}  // namespace

Result<MicroBatch> contrastive_batch(const Samples& samples, const PretrainingConfig& config,
                                     const BatchRequest& request) {
  const auto work = std::make_shared<ContrastiveWork>();
  const ContrastiveConfig& c = config.contrastive;
  if (c.single_weight > 0 && c.single_images > 0) {
    work->single = UNIMO_TRY(single_batch(samples, config, request.served_before));
  }
  if (c.weight > 0)
    work->candidates = UNIMO_TRY(candidate_batch(samples, config, request.served_before));
  return MicroBatch([work, config, encode = request.encode](
                        Unimo& model) { return contrastive_loss(model, *work, config, encode); },
                    work->single.batch.rows + work->candidates.batch.rows);
}

Result<MicroBatch> semantic_batch(const Samples& samples, const PretrainingConfig& config,
                                  const BatchRequest& request) {
  DualBatchBuilder builder(samples.feature_size(), samples.special());
  SemanticTargets targets{.weight = 1};
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit =
        samples.image_visit(kSemanticStream, request.served_before * request.samples + i);
    const auto image = UNIMO_TRY(samples.show(kSemanticStream, visit));
    if (i < static_cast<std::uint64_t>(config.semantic.images)) builder.add_image(image);
    const auto vector = semantic_vector(image.regions, config.match, config.semantic.size);
    targets.vectors.insert(targets.vectors.end(), vector.begin(), vector.end());
    auto ids = UNIMO_TRY(samples.caption_ids(samples.draw_caption(kSemanticStream, visit)));
    Random random = samples.random(kSemanticStream, "words", visit);
    samples.drop_words(ids, random);
    builder.add_text(ids, static_cast<std::int32_t>(i));
  }
  const auto batch = std::make_shared<const DualBatch>(builder.take());
  return MicroBatch(
      [batch, targets = std::move(targets), match = config.match, encode = request.encode](
          Unimo& model) { return semantic_loss(model, *batch, targets, match, encode); },
      batch->batch.rows);
}

}  // namespace unimo::trainer
