#include <ATen/TensorOperators.h>
#include <algorithm>
#include <memory>
#include <utility>

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
    const auto visit = samples.image_visit("single", served_before * count + i);
    builder.add_image(UNIMO_TRY(samples.show("single", visit)));
    auto ids = UNIMO_TRY(samples.caption_ids(samples.draw_caption("single", visit)));
    Random random = samples.random("single", "words", visit);
    samples.drop_words(ids, random);
    builder.add_text(ids, static_cast<std::int32_t>(i));
  }
  return builder.take();
}

// Up to `count` of the items, drawn without repetition.
std::vector<std::uint32_t> draw_some(std::span<const std::uint32_t> items, int count,
                                     Random& random) {
  const auto wanted = std::min(items.size(), static_cast<std::size_t>(count));
  std::vector<std::uint32_t> drawn;
  for (const std::uint64_t place : random.choose(items.size(), wanted)) {
    drawn.push_back(items[static_cast<std::size_t>(place)]);
  }
  return drawn;
}

struct Pair {
  ShownImage image;
  std::uint32_t number = 0;  // of the image in the pack
  std::uint32_t caption = 0;
  Random random;
};

// The true pair, other captions of its image, captions that read alike but belong to other images,
// and other images with its caption.
Status add_group(const Samples& samples, const ContrastiveConfig& config, std::vector<Pair>& pairs,
                 std::size_t number, JointBatchBuilder& builder) {
  Pair& pair = pairs[number];
  builder.begin_group();
  const auto ids = UNIMO_TRY(samples.caption_ids(pair.caption));
  builder.add(pair.image, ids, true);
  std::vector<std::uint32_t> others;
  for (const std::uint32_t caption : samples.captions_of(pair.number)) {
    if (caption != pair.caption) others.push_back(caption);
  }
  for (const std::uint32_t caption : draw_some(others, config.positives, pair.random)) {
    builder.add(pair.image, UNIMO_TRY(samples.caption_ids(caption)), true);
  }
  const auto negatives = UNIMO_TRY(samples.negatives_of(pair.caption));
  for (const std::uint32_t caption : draw_some(negatives, config.negatives, pair.random)) {
    builder.add(pair.image, UNIMO_TRY(samples.caption_ids(caption)), false);
  }
  const auto images = std::min(pairs.size() - 1, static_cast<std::size_t>(config.image_negatives));
  for (std::size_t k = 1; k <= images; ++k)
    builder.add(pairs[(number + k) % pairs.size()].image, ids, false);
  return ok();
}

Result<JointBatch> joint_batch(const Samples& samples, const PretrainingConfig& config,
                               std::uint64_t served_before) {
  const ContrastiveConfig& c = config.contrastive;
  const auto count = static_cast<std::uint64_t>(c.images);
  std::vector<Pair> pairs;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto visit = samples.image_visit("joint", served_before * count + i);
    pairs.push_back({.image = UNIMO_TRY(samples.show("joint", visit)),
                     .number = visit.sample,
                     .caption = samples.draw_caption("joint", visit),
                     .random = samples.random("joint", "candidates", visit)});
  }
  JointBatchBuilder builder(samples.feature_size(), samples.special(),
                            1 + c.positives + c.negatives + c.image_negatives);
  for (std::size_t i = 0; i < pairs.size(); ++i)
    UNIMO_TRY(add_group(samples, c, pairs, i, builder));
  return builder.take();
}

struct ContrastiveWork {
  DualBatch single;
  JointBatch joint;
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
  if (work.joint.batch.rows > 0) {
    add(joint_loss(model, work.joint, {config.match, config.contrastive.joint_weight}, encode));
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
  if (c.joint_weight > 0)
    work->joint = UNIMO_TRY(joint_batch(samples, config, request.served_before));
  return MicroBatch([work, config, encode = request.encode](Unimo& model) {
    return contrastive_loss(model, *work, config, encode);
  });
}

Result<MicroBatch> semantic_batch(const Samples& samples, const PretrainingConfig& config,
                                  const BatchRequest& request) {
  DualBatchBuilder builder(samples.feature_size(), samples.special());
  SemanticTargets targets{.weight = 1};
  for (std::uint64_t i = 0; i < request.samples; ++i) {
    const auto visit = samples.image_visit("semantic", request.served_before * request.samples + i);
    const auto image = UNIMO_TRY(samples.show("semantic", visit));
    if (i < static_cast<std::uint64_t>(config.semantic.images)) builder.add_image(image);
    const auto vector = semantic_vector(image.regions, config.match, config.semantic.size);
    targets.vectors.insert(targets.vectors.end(), vector.begin(), vector.end());
    auto ids = UNIMO_TRY(samples.caption_ids(samples.draw_caption("semantic", visit)));
    Random random = samples.random("semantic", "words", visit);
    samples.drop_words(ids, random);
    builder.add_text(ids, static_cast<std::int32_t>(i));
  }
  const auto batch = std::make_shared<const DualBatch>(builder.take());
  return MicroBatch([batch, targets = std::move(targets), match = config.match,
                     encode = request.encode](Unimo& model) {
    return semantic_loss(model, *batch, targets, match, encode);
  });
}

}  // namespace unimo::trainer
