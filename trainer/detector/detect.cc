#include "trainer/detector/detect.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include "trainer/detector/box_coding.h"
#include "trainer/detector/proposals.h"
#include "trainer/detector/region_choice.h"

namespace unimo::trainer {

namespace {

constexpr std::size_t kRegionsAtOnce = 32;  // pooled: 26 MB for the published map

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::vector<float> copied(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.contiguous();
  const auto values = values_of(whole);
  return {values.begin(), values.end()};
}

Status check_finite(const at::Tensor& tensor, std::string_view what) {
  if (tensor.numel() == 0 || at::isfinite(tensor).all().item<bool>()) return ok();
  return fail(
      ErrorCode::kFailed,
      "the detector's {} are not finite: its weights do not belong together, or bf16 is too "
      "coarse for them",
      what);
}

class Detecting {
 public:
  Detecting(const Detector& detector, const DetectorPicture& picture, const DetectorRules& rules)
      : detector_(detector), picture_(picture), rules_(rules) {}

  Result<DetectedRegions> run() {
    UNIMO_TRY(look());
    return rules_.kind() == DetectorKind::kCaffe ? caffe_regions() : detectron2_regions();
  }

 private:
  // Proposals, their features and the class of each.
  Status look() {
    const at::Tensor map = detector_.map_of(picture_.pixels);
    const auto maps = detector_.proposal_maps(map);
    UNIMO_TRY(check_finite(maps.scores, "proposal scores"));
    UNIMO_TRY(check_finite(maps.deltas, "proposal deltas"));
    proposals_ = propose({.rows = static_cast<int>(map.size(2)),
                          .columns = static_cast<int>(map.size(3)),
                          .scores = values_of(maps.scores),
                          .deltas = values_of(maps.deltas)},
                         detector_.anchors(), resized(), picture_.plan.scale, rules_);
    // All boxes of a picture that is smaller than the smallest one are dropped: it is looked at as
    // a whole.
    if (proposals_.boxes.empty()) {
      const float extra = side_extra(rules_.kind());
      proposals_ = {.boxes = {{0, 0, static_cast<float>(resized().width) - extra,
                               static_cast<float>(resized().height) - extra}},
                    .scores = {0.0F}};
    }
    features_ = features(map);
    UNIMO_TRY(check_finite(features_, "features"));
    heads_ = detector_.heads_of(features_);
    UNIMO_TRY(check_finite(heads_.class_logits, "class scores"));
    probabilities_ = at::softmax(heads_.class_logits, 1).contiguous();
    return ok();
  }

  at::Tensor features(const at::Tensor& map) const {
    std::vector<at::Tensor> parts;
    const std::span<const Box> boxes = proposals_.boxes;
    for (std::size_t i = 0; i < boxes.size(); i += kRegionsAtOnce) {
      const auto some = boxes.subspan(i, std::min(kRegionsAtOnce, boxes.size() - i));
      parts.push_back(detector_.features_of(detector_.pooled(map, some)));
    }
    if (parts.empty()) return at::empty({0, detector_.sizes().feature_size()}, at::kFloat);
    return at::cat(parts).contiguous();
  }

  DetectedRegions caffe_regions() const {
    const ClassTable table{values_of(probabilities_),
                           static_cast<std::size_t>(detector_.sizes().classes) + 1};
    const auto confidence = class_wise_confidence(proposals_.boxes, table, rules_.class_overlap);
    const auto rows = choose_confident(confidence, choice());
    DetectedRegions regions = described(rows);
    const auto scale = static_cast<float>(picture_.plan.scale);
    for (const std::uint32_t r : rows) {
      const Box& box = proposals_.boxes[r];
      add(regions, {box.x1 / scale, box.y1 / scale, box.x2 / scale, box.y2 / scale}, confidence[r]);
    }
    return regions;
  }

  DetectedRegions detectron2_regions() const {
    std::vector<Box> boxes;
    std::vector<float> scores;
    const auto classes = static_cast<std::size_t>(detector_.sizes().classes);
    const at::Tensor deltas = heads_.box_deltas.contiguous();
    for (std::size_t r = 0; r < proposals_.boxes.size(); ++r) {
      const auto row = values_of(probabilities_).subspan(r * (classes + 1), classes);
      const std::size_t best = likeliest(row);
      const float* delta = values_of(deltas).data() + 4 * (r * classes + best);
      boxes.push_back(moved(proposals_.boxes[r], delta));
      scores.push_back(row[best]);
    }
    const auto rows = choose_apart(boxes, scores, rules_.class_overlap, choice());
    DetectedRegions regions = described(rows);
    const float across =
        static_cast<float>(picture_.width) / static_cast<float>(picture_.plan.width);
    const float down =
        static_cast<float>(picture_.height) / static_cast<float>(picture_.plan.height);
    for (const std::uint32_t r : rows) {
      const Box& b = boxes[r];
      add(regions, {b.x1 * across, b.y1 * down, b.x2 * across, b.y2 * down}, scores[r]);
    }
    return regions;
  }

  Box moved(const Box& box, const float* delta) const {
    const DeltaWeights w = rules_.scaled_deltas ? kDetectron2HeadWeights : DeltaWeights{};
    const BoxDelta scaled{delta[0] / w.x, delta[1] / w.y, delta[2] / w.w, delta[3] / w.h};
    return clip_box(decode_box(box, scaled, DetectorKind::kDetectron2), resized(),
                    DetectorKind::kDetectron2);
  }

  // Rounding must not carry a corner out of the picture.
  void add(DetectedRegions& regions, const Box& box, float confidence) const {
    const auto w = static_cast<float>(picture_.width), h = static_cast<float>(picture_.height);
    regions.boxes.push_back({std::clamp(box.x1, 0.0F, w), std::clamp(box.y1, 0.0F, h),
                             std::clamp(box.x2, 0.0F, w), std::clamp(box.y2, 0.0F, h)});
    regions.confidence.push_back(confidence);
  }

  // Features, classes and attributes of some proposals.
  DetectedRegions described(const std::vector<std::uint32_t>& rows) const {
    DetectedRegions regions{.proposals = proposals_.boxes.size()};
    const std::vector<std::int64_t> numbers(rows.begin(), rows.end());
    if (numbers.empty()) return regions;
    const at::Tensor chosen = at::tensor(numbers);
    const at::Tensor features = at::index_select(features_, 0, chosen);
    const at::Tensor probabilities = at::index_select(probabilities_, 0, chosen);
    const bool is_caffe = rules_.kind() == DetectorKind::kCaffe;
    regions.features = copied(features);
    regions.classes = copied(
        probabilities.slice(1, is_caffe ? 1 : 0, detector_.sizes().classes + (is_caffe ? 1 : 0)));
    if (detector_.sizes().attributes == 0) return regions;
    // The likeliest class, background among them, primes the attributes.
    const at::Tensor logits = detector_.attribute_logits(features, at::argmax(probabilities, 1));
    const std::int64_t attributes = detector_.sizes().attributes;
    regions.attributes = copied(is_caffe ? at::softmax(logits, 1).slice(1, 1, attributes + 1)
                                         : at::softmax(logits.slice(1, 0, attributes), 1));
    return regions;
  }

  PictureSize resized() const { return {picture_.plan.width, picture_.plan.height}; }
  ChoiceRules choice() const {
    return {rules_.min_confidence, static_cast<std::size_t>(rules_.min_regions),
            static_cast<std::size_t>(rules_.max_regions)};
  }

  const Detector& detector_;
  const DetectorPicture& picture_;
  const DetectorRules& rules_;
  Proposals proposals_;
  at::Tensor features_;       // [proposals, feature_size]
  at::Tensor probabilities_;  // [proposals, classes + 1]
  Detector::Heads heads_;
};

}  // namespace

Result<DetectedRegions> detect(const Detector& detector, const DetectorPicture& picture,
                               const DetectorRules& rules) {
  UNIMO_CHECK(detector.sizes().kind == rules.kind(), "a detector of the other kind for {}",
              rules.behaviour);
  UNIMO_CHECK(
      picture.pixels.size(2) == picture.plan.height && picture.pixels.size(3) == picture.plan.width,
      "a picture of {}x{} planned as {}x{}", picture.pixels.size(3), picture.pixels.size(2),
      picture.plan.width, picture.plan.height);
  const c10::NoGradGuard no_gradients;
  return Detecting(detector, picture, rules).run();
}

}  // namespace unimo::trainer
