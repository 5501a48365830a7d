#include "trainer/detector/detector_values.h"

#include <algorithm>
#include <array>
#include <span>

#include "trainer/detector/anchors.h"
#include "trainer/weights/detector_map.h"
#include "trainer/weights/roberta.h"

namespace unimo::trainer {

namespace {

using Values = std::vector<float>;

const std::string kRpn = "proposal_generator.rpn_head.";
const std::string kPredictor = "roi_heads.box_predictor.";

Values corners_of(DetectorKind kind) {
  Values corners;
  for (const Box& box : published_anchors(kind))
    corners.insert(corners.end(), {box.x1, box.y1, box.x2, box.y2});
  return corners;
}

void move_row(Values& values, std::size_t rows, bool to_end) {
  const auto size = static_cast<std::ptrdiff_t>(values.size() / rows);
  std::rotate(values.begin(), to_end ? values.begin() + size : values.end() - size, values.end());
}

// Rows by groups: new group g is old group order[g].
Values regrouped(const Values& values, std::span<const int> order) {
  const std::size_t size = values.size() / order.size();
  Values moved;
  moved.reserve(values.size());
  for (const int old : order) {
    const auto first =
        values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(old) * size);
    moved.insert(moved.end(), first, first + static_cast<std::ptrdiff_t>(size));
  }
  return moved;
}

// One kind's layout into the other's; tensors that are absent stay so.
class Turning {
 public:
  explicit Turning(DetectorValues& values)
      : values_(values), from_caffe_(values.sizes.kind == DetectorKind::kCaffe) {}

  void run(bool scale_boxes) {
    values_.sizes.kind = from_caffe_ ? DetectorKind::kDetectron2 : DetectorKind::kCaffe;
    anchors();
    for (const char* part : {"weight", "bias"}) {
      objectness(kRpn + "objectness_logits." + part);
      boxes(kPredictor + "bbox_pred." + part, scale_boxes);
      if (Values* v = find(kPredictor + "cls_score." + part))
        move_row(*v, classes() + 1, from_caffe_);
      if (Values* v = find(kPredictor + "attr_score." + part))
        move_row(*v, static_cast<std::size_t>(values_.sizes.attributes) + 1, from_caffe_);
    }
    if (Values* v = find(kPredictor + "cls_embedding.weight"))
      move_row(*v, classes() + 1, from_caffe_);
  }

 private:
  Values* find(const std::string& name) {
    const auto found = values_.tensors.find(name);
    return found == values_.tensors.end() ? nullptr : &found->second;
  }
  std::size_t classes() const { return static_cast<std::size_t>(values_.sizes.classes); }

  // Which anchor of the old kind each of the new kind is.
  std::vector<int> anchor_order() const {
    std::vector<int> order;
    for (int i = 0; i < values_.sizes.anchors; ++i)
      order.push_back(anchor_of_other_kind(i, values_.sizes.kind));
    return order;
  }

  void anchors() {
    for (const char* part : {"weight", "bias"}) {
      if (Values* v = find(kRpn + "anchor_deltas." + part)) *v = regrouped(*v, anchor_order());
    }
    values_.tensors[std::string(kCellAnchors)] = corners_of(values_.sizes.kind);
  }

  void objectness(const std::string& name) {
    Values* v = find(name);
    if (v == nullptr) return;
    const auto count = static_cast<std::size_t>(values_.sizes.anchors);
    if (from_caffe_) {  // [background of all anchors, object of all anchors]
      const std::size_t half = v->size() / 2;
      Values difference(half);
      for (std::size_t i = 0; i < half; ++i) difference[i] = (*v)[half + i] - (*v)[i];
      *v = regrouped(difference, anchor_order());
    } else {
      const Values object = regrouped(*v, anchor_order());
      v->assign(object.size(), 0.0F);
      v->insert(v->end(), object.begin(), object.end());
    }
    UNIMO_CHECK(v->size() % count == 0, "objectness of {} values for {} anchors", v->size(), count);
  }

  void boxes(const std::string& name, bool scale) {
    Values* v = find(name);
    if (v == nullptr) return;
    const std::size_t rows = 4 * (from_caffe_ ? classes() + 1 : classes());
    const std::size_t size = v->size() / rows;
    const auto background = static_cast<std::ptrdiff_t>(4 * size);
    if (from_caffe_) {
      v->erase(v->begin(), v->begin() + background);
    } else {
      v->insert(v->begin(), 4 * size, 0.0F);
    }
    constexpr std::array<float, 4> kScales = {10, 10, 5, 5};
    for (std::size_t i = 0; i < v->size() && scale; ++i) {
      const float factor = kScales[i / size % 4];
      (*v)[i] = from_caffe_ ? (*v)[i] * factor : (*v)[i] / factor;
    }
  }

  DetectorValues& values_;
  bool from_caffe_;
};

// Caffe keeps means and variances times a number, the third blob of the layer.
Status divide_norms(const WeightFile& file, const DetectorMap& map, DetectorValues& values) {
  for (const DetectorMap::Pair& pair : map.pairs) {
    if (pair.source.divisor.empty()) continue;
    if (const auto mistake = tensor_mistake(file, pair.source.divisor, {1}); !mistake.empty())
      return fail(ErrorCode::kInvalid, "{}", mistake);
    const double divisor = UNIMO_TRY(file.read_doubles(pair.source.divisor)).front();
    // As Caffe's layer does: a net that never saw a batch has 0.
    const auto factor = static_cast<float>(divisor == 0 ? 0 : 1 / divisor);
    for (float& value : values.tensors.at(pair.tensor.name)) value *= factor;
  }
  return ok();
}

}  // namespace

Result<DetectorValues> in_other_kind(DetectorValues values, bool scale_boxes) {
  constexpr int kPublished = 12;
  if (values.sizes.anchors != kPublished) {
    return fail(ErrorCode::kInvalid,
                "a detector of {} anchors has no other kind: only the {} published anchors have",
                values.sizes.anchors, kPublished);
  }
  const auto anchors = values.tensors.find(std::string(kCellAnchors));
  if (anchors != values.tensors.end() && anchors->second != corners_of(values.sizes.kind)) {
    return fail(ErrorCode::kInvalid,
                "the detector's own anchors ({}) are not the published ones in their order: use it "
                "as the kind that it is stored as",
                kCellAnchors);
  }
  Turning(values).run(scale_boxes);
  return values;
}

Result<DetectorValues> read_detector(const WeightFile& file, const DetectorReading& how) {
  if (!detector_format(file)) {
    return fail(ErrorCode::kInvalid,
                "{}: no detector: neither detectron2's proposal_generator.rpn_head.… nor Caffe's "
                "layers conv1 and rpn_cls_score are there",
                file.path().string());
  }
  DetectorMap map = map_detector(file);
  if (how.sizes) {
    DetectorSizes wanted = *how.sizes;
    wanted.kind = map.sizes.kind;
    map = map_detector(file, wanted);
  }
  UNIMO_TRY(check_complete(map, file, how.partial));
  DetectorValues values{.sizes = map.sizes};
  std::vector<TensorTarget> targets;
  for (const DetectorMap::Pair& pair : map.pairs) {
    std::vector<float>& out = values.tensors[pair.tensor.name];
    out.resize(static_cast<std::size_t>(file.find(pair.source.tensor)->count()));
    targets.push_back({pair.source.tensor, out});
  }
  UNIMO_TRY(read_tensors(file, targets));
  UNIMO_TRY(divide_norms(file, map, values));
  if (how.kind && *how.kind != values.sizes.kind) return in_other_kind(std::move(values));
  return values;
}

}  // namespace unimo::trainer
