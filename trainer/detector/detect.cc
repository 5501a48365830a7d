#include "trainer/detector/detect.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "trainer/detector/box_coding.h"
#include "trainer/detector/region_choice.h"

namespace unimo::trainer {

namespace {

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::vector<float> copied(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.contiguous();
  const auto values = values_of(whole);
  return {values.begin(), values.end()};
}

class Detecting {
 public:
  Detecting(const Detector& detector, const DetectorPicture& picture, const DetectorRules& rules)
      : detector_(detector), picture_(picture), rules_(rules) {}

  Result<DetectedRegions> run() {
    look_ = UNIMO_TRY(look_at(detector_, picture_, rules_));
    return rules_.kind() == DetectorKind::kCaffe ? caffe_regions() : detectron2_regions();
  }

 private:
  DetectedRegions caffe_regions() const {
    const ClassTable table{values_of(look_.probabilities),
                           static_cast<std::size_t>(detector_.sizes().classes) + 1};
    const auto confidence =
        class_wise_confidence(look_.proposals.boxes, table, rules_.class_overlap);
    const auto rows = choose_confident(confidence, choice());
    DetectedRegions regions = described(rows);
    const auto scale = static_cast<float>(picture_.plan.scale);
    for (const std::uint32_t r : rows) {
      const Box& box = look_.proposals.boxes[r];
      add(regions, {box.x1 / scale, box.y1 / scale, box.x2 / scale, box.y2 / scale}, confidence[r]);
    }
    return regions;
  }

  DetectedRegions detectron2_regions() const {
    std::vector<Box> boxes;
    std::vector<float> scores;
    const auto classes = static_cast<std::size_t>(detector_.sizes().classes);
    const std::span<const float> deltas = values_of(look_.box_deltas);
    for (std::size_t r = 0; r < look_.proposals.boxes.size(); ++r) {
      const auto row = values_of(look_.probabilities).subspan(r * (classes + 1), classes);
      const std::size_t best = likeliest(row);
      const auto delta = deltas.subspan(4 * (r * classes + best)).first<4>();
      boxes.push_back(moved_box(look_.proposals.boxes[r], delta, picture_.resized(), rules_));
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

  // Rounding must not carry a corner out of the picture.
  void add(DetectedRegions& regions, const Box& box, float confidence) const {
    const auto w = static_cast<float>(picture_.width), h = static_cast<float>(picture_.height);
    regions.boxes.push_back({std::clamp(box.x1, 0.0F, w), std::clamp(box.y1, 0.0F, h),
                             std::clamp(box.x2, 0.0F, w), std::clamp(box.y2, 0.0F, h)});
    regions.confidence.push_back(confidence);
  }

  // Features, classes and attributes of some proposals.
  DetectedRegions described(const std::vector<std::uint32_t>& rows) const {
    DetectedRegions regions{.proposals = look_.proposals.boxes.size()};
    const std::vector<std::int64_t> numbers(rows.begin(), rows.end());
    if (numbers.empty()) return regions;
    const at::Tensor chosen = at::tensor(numbers);
    const at::Tensor features = at::index_select(look_.features, 0, chosen);
    const at::Tensor probabilities = at::index_select(look_.probabilities, 0, chosen);
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

  ChoiceRules choice() const {
    return {rules_.min_confidence, static_cast<std::size_t>(rules_.min_regions),
            static_cast<std::size_t>(rules_.max_regions)};
  }

  const Detector& detector_;
  const DetectorPicture& picture_;
  const DetectorRules& rules_;
  Look look_;
};

}  // namespace

Result<DetectedRegions> detect(const Detector& detector, const DetectorPicture& picture,
                               const DetectorRules& rules) {
  const c10::NoGradGuard no_gradients;
  return Detecting(detector, picture, rules).run();
}

}  // namespace unimo::trainer
