#include "trainer/detector/find_objects.h"

#include <algorithm>

#include "trainer/detector/suppression.h"

namespace unimo::trainer {

namespace {

class Finding {
 public:
  Finding(const Look& look, const DetectorPicture& picture, const DetectorRules& rules,
          const ObjectRules& objects, int classes)
      : probabilities_{look.probabilities.const_data_ptr<float>(),
                       static_cast<std::size_t>(look.probabilities.numel())},
        deltas_{look.box_deltas.const_data_ptr<float>(),
                static_cast<std::size_t>(look.box_deltas.numel())},
        look_(look),
        picture_(picture),
        rules_(rules),
        objects_(objects),
        classes_(static_cast<std::size_t>(classes)) {}

  std::vector<FoundObject> run() {
    for (std::size_t label = 0; label < classes_; ++label) add_class(label);
    const auto is_better = [](const FoundObject& a, const FoundObject& b) {
      return a.score > b.score;
    };
    std::ranges::stable_sort(found_, is_better);
    if (found_.size() > static_cast<std::size_t>(objects_.most))
      found_.resize(static_cast<std::size_t>(objects_.most));
    return std::move(found_);
  }

 private:
  // Caffe's background comes before the classes, with deltas of its own; detectron2's behind them,
  // without.
  bool is_caffe() const { return rules_.kind() == DetectorKind::kCaffe; }
  std::size_t column_of(std::size_t label) const { return is_caffe() ? label + 1 : label; }
  std::size_t boxes_of_row() const { return is_caffe() ? classes_ + 1 : classes_; }

  void add_class(std::size_t label) {
    std::vector<Box> boxes;
    std::vector<float> scores;
    for (std::size_t r = 0; r < look_.proposals.boxes.size(); ++r) {
      const float score = probabilities_[r * (classes_ + 1) + column_of(label)];
      if (static_cast<double>(score) < objects_.min_score) continue;
      const auto delta = deltas_.subspan(4 * (r * boxes_of_row() + column_of(label))).first<4>();
      boxes.push_back(moved_box(look_.proposals.boxes[r], delta, picture_.resized(), rules_));
      scores.push_back(score);
    }
    for (const std::uint32_t i : suppress(boxes, scores, objects_.overlap, rules_.kind()))
      found_.push_back({in_picture(boxes[i]), static_cast<int>(label), scores[i]});
  }

  Box in_picture(const Box& box) const {
    const auto w = static_cast<float>(picture_.width), h = static_cast<float>(picture_.height);
    const auto& plan = picture_.plan;
    const float across =
        is_caffe() ? static_cast<float>(1 / plan.scale) : w / static_cast<float>(plan.width);
    const float down =
        is_caffe() ? static_cast<float>(1 / plan.scale) : h / static_cast<float>(plan.height);
    return {std::clamp(box.x1 * across, 0.0F, w), std::clamp(box.y1 * down, 0.0F, h),
            std::clamp(box.x2 * across, 0.0F, w), std::clamp(box.y2 * down, 0.0F, h)};
  }

  std::span<const float> probabilities_, deltas_;
  const Look& look_;
  const DetectorPicture& picture_;
  const DetectorRules& rules_;
  const ObjectRules& objects_;
  std::size_t classes_;
  std::vector<FoundObject> found_;
};

}  // namespace

Result<std::vector<FoundObject>> find_objects(const Detector& detector,
                                              const DetectorPicture& picture,
                                              const DetectorRules& rules,
                                              const ObjectRules& objects) {
  const Look look = UNIMO_TRY(look_at(detector, picture, rules));
  return Finding(look, picture, rules, objects, detector.sizes().classes).run();
}

}  // namespace unimo::trainer
