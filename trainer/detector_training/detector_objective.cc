#include "trainer/detector_training/detector_objective.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace unimo::trainer {

std::vector<TrueObject> resized_objects(const TrainingPicture& picture, const ResizePlan& plan,
                                        DetectorKind kind, bool mirrored) {
  // Caffe resizes by the scale itself, detectron2 to whole sides.
  const bool is_caffe = kind == DetectorKind::kCaffe;
  const double across = is_caffe ? plan.scale : static_cast<double>(plan.width) / picture.width;
  const double down = is_caffe ? plan.scale : static_cast<double>(plan.height) / picture.height;
  const double extra = side_extra(kind);
  std::vector<TrueObject> objects;
  for (const TrainingPicture::Object& object : picture.objects) {
    const auto [left, y1, right, y2] = object.box;
    const double x1 = mirrored ? picture.width - right : left;
    const double x2 = mirrored ? picture.width - left : right;
    objects.push_back(
        {.box = {static_cast<float>(x1 * across), static_cast<float>(y1 * down),
                 static_cast<float>(x2 * across - extra), static_cast<float>(y2 * down - extra)},
         .label = object.label,
         .attributes = object.attributes});
  }
  return objects;
}

DetectorObjective::DetectorObjective(std::span<const TrainingPicture> pictures, PixelReader pixels,
                                     DetectorLossRules rules, std::uint64_t seed)
    : pictures_(pictures),
      pixels_(std::move(pixels)),
      rules_(std::move(rules)),
      seed_(seed),
      order_({.seed = seed, .stream = stream_of("detector pictures"), .size = pictures.size()}) {}

std::int64_t DetectorObjective::steps_of(double epochs) const {
  const double steps =
      std::ceil(epochs * static_cast<double>(pictures_.size()) / rules_.training.images);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(steps));
}

SampleOrder::Visit DetectorObjective::visit(std::int64_t step, std::int64_t index) const {
  return order_.visit(static_cast<std::uint64_t>(step * rules_.training.images + index));
}

MicroBatch DetectorObjective::batch_of(const TrainingPicture& picture, DetectorPicture pixels,
                                       bool mirrored, const RandomKey& key, int share) const {
  auto sample = std::make_shared<DetectorSample>();
  sample->objects = resized_objects(picture, pixels.plan, rules_.rules.kind(), mirrored);
  sample->picture = std::move(pixels);
  sample->key = key;
  return MicroBatch([this, sample, share](TrainedModel& model) {
    // LibTorch's own operations do not count themselves, so that no gradient is known to be final
    // before all are.
    ParameterStore& store = model.parameters();
    store.ledger().hold({0, store.size()});
    return share_of_step(detector_loss(dynamic_cast<DetectorModel&>(model), *sample, rules_),
                         share);
  });
}

Result<MicroBatch> DetectorObjective::micro_batch(std::int64_t step, std::int64_t index) const {
  const SampleOrder::Visit at = visit(step, index);
  const auto number = static_cast<std::size_t>(at.sample);
  RandomKey key{.seed = seed_,
                .stream = stream_of("detector mirror"),
                .sample = at.sample,
                .epoch = static_cast<std::uint32_t>(at.epoch)};
  const bool mirrored = rules_.training.mirror && Random(key).below(2) == 1;
  key.stream = stream_of("detector draws");
  DetectorPicture pixels = UNIMO_TRY(pixels_(number, mirrored));
  return batch_of(pictures_[number], std::move(pixels), mirrored, key, rules_.training.images);
}

std::string DetectorObjective::describe(std::int64_t step, std::int64_t index) const {
  const auto number = static_cast<std::size_t>(visit(step, index).sample);
  return fmt::format("detector, picture {}", pictures_[number].id);
}

Result<std::vector<MicroBatch>> DetectorObjective::held_out(
    std::span<const TrainingPicture> pictures, const PixelReader& pixels, std::size_t count) const {
  std::vector<MicroBatch> batches;
  for (std::size_t i = 0; i < std::min(count, pictures.size()); ++i) {
    const RandomKey key{.seed = seed_, .stream = stream_of("detector held out"), .sample = i};
    DetectorPicture picture = UNIMO_TRY(pixels(i, false));
    const MicroBatch batch = batch_of(pictures[i], std::move(picture), false, key, /*share=*/1);
    batches.emplace_back([batch](TrainedModel& model) {
      MicroLoss loss = batch(model);
      for (NamedMean& mean : loss.means) mean.name = "heldout." + mean.name;
      return loss;
    });
  }
  return batches;
}

}  // namespace unimo::trainer
