#include "trainer/detector_training/detector_model.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/detector/anchors.h"
#include "trainer/detector/drawn_detector.h"
#include "trainer/weights/detector_tensors.h"

namespace unimo::trainer {

namespace {

constexpr std::array<float, 4> kSpread = {0.1F, 0.1F, 0.2F, 0.2F};  // BBOX_NORMALIZE_STDS

// Times or divided by the spread, of Caffe's kind alone.
void scale_box_rows(DetectorValues& values, bool up) {
  if (values.sizes.kind != DetectorKind::kCaffe) return;
  const std::string head = "roi_heads.box_predictor.bbox_pred.";
  for (const char* part : {"weight", "bias"}) {
    std::vector<float>& numbers = values.tensors.at(head + part);
    const std::size_t rows = 4 * (static_cast<std::size_t>(values.sizes.classes) + 1);
    const std::size_t columns = numbers.size() / rows;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const float spread = kSpread[i / columns % kSpread.size()];
      numbers[i] = up ? numbers[i] * spread : numbers[i] / spread;
    }
  }
}

DetectorValues in_units_of_spread(DetectorValues values) {
  scale_box_rows(values, /*up=*/false);
  return values;
}

bool is_fixed(std::string_view name, int fixed_stages) {
  constexpr std::array<std::string_view, 4> kStages = {"backbone.stem.", "backbone.res2.",
                                                       "backbone.res3.", "backbone.res4."};
  for (int i = 0; i < fixed_stages; ++i) {
    if (name.starts_with(kStages[static_cast<std::size_t>(i)])) return true;
  }
  return false;
}

std::vector<ParameterSpec> learned_parameters(const DetectorSizes& sizes, int fixed_stages) {
  std::vector<ParameterSpec> specs;
  for (const DetectorTensor& tensor : detector_tensors(sizes)) {
    const bool has_gradient = tensor.part == DetectorPart::kConvolution ||
                              tensor.part == DetectorPart::kWeight ||
                              tensor.part == DetectorPart::kBias;
    if (!has_gradient || is_fixed(tensor.name, fixed_stages)) continue;
    specs.push_back({.name = tensor.name,
                     .shape = tensor.shape,
                     .init = Init::kZero,
                     .decay = tensor.part != DetectorPart::kBias});
  }
  return specs;
}

std::span<float> part_of(ParameterStore& store, const Parameter& p) {
  return store.values().subspan(static_cast<std::size_t>(p.offset),
                                static_cast<std::size_t>(p.count));
}

// The network's tensor becomes the store's: the same values and the same gradient.
void bind(const at::Tensor& network, const at::Tensor& stored) {
  network.set_data(stored.detach());
  network.set_requires_grad(true);
  network.mutable_grad() = stored.grad();
}

}  // namespace

DetectorSizes sizes_of(const DetectorShape& shape, DetectorKind kind, int classes, int attributes) {
  DetectorSizes sizes{.kind = kind,
                      .stem = shape.stem,
                      .width = shape.width,
                      .proposal_hidden = shape.proposal_hidden,
                      .anchors = static_cast<int>(shape.ratios.size() * shape.scales.size()),
                      .classes = classes,
                      .attributes = attributes,
                      .embedding = shape.embedding,
                      .attribute_hidden = shape.attribute_hidden};
  std::ranges::copy(shape.blocks, sizes.blocks.begin());
  return sizes;
}

std::string shape_mistake(const DetectorShape& shape) {
  if (shape.blocks.size() != 4)
    return fmt::format("blocks has {} numbers; give one for each of res2, res3, res4 and res5",
                       shape.blocks.size());
  if (shape.ratios.empty() || shape.scales.empty())
    return "there are no anchors: give at least one of ratios and of scales";
  return {};
}

DetectorValues fresh_detector(const DetectorSizes& sizes, const DetectorShape& shape,
                              std::uint64_t seed) {
  DetectorValues values = drawn_detector(sizes, seed);
  std::vector<double> sides;
  for (const double scale : shape.scales) sides.push_back(scale * kFeatureStride);
  const std::vector<Box> anchors = sizes.kind == DetectorKind::kCaffe
                                       ? caffe_anchors(shape.ratios, shape.scales)
                                       : detectron2_anchors(sides, shape.ratios);
  std::vector<float>& corners = values.tensors.at(std::string(kCellAnchors));
  corners.clear();
  for (const Box& box : anchors) corners.insert(corners.end(), {box.x1, box.y1, box.x2, box.y2});
  // What comes out of conv1 has the variance contrast² · (3 · 49) · 2 / (stem · 49).
  constexpr float kContrast = 64;
  const float variance = kContrast * kContrast * 6 / static_cast<float>(sizes.stem);
  std::ranges::fill(values.tensors.at("backbone.stem.conv1.norm.running_var"), variance);
  return values;
}

DetectorModel::DetectorModel(DetectorValues start, int fixed_stages)
    : start_(in_units_of_spread(std::move(start))),
      detector_(start_),
      store_(learned_parameters(start_.sizes, fixed_stages), 0, 0) {
  for (const Parameter& p : store_.all())
    std::ranges::copy(start_.tensors.at(p.spec.name), part_of(store_, p).begin());
  for (const Detector::NamedParameter& parameter : detector_.parameters()) {
    if (const Parameter* p = store_.find(parameter.name)) bind(parameter.value, p->value);
  }
  store_.changed();
}

DetectorValues DetectorModel::values() const {
  DetectorValues values = start_;
  const std::span<const float> all = store_.values();
  for (const Parameter& p : store_.all()) {
    const auto part =
        all.subspan(static_cast<std::size_t>(p.offset), static_cast<std::size_t>(p.count));
    values.tensors.at(p.spec.name).assign(part.begin(), part.end());
  }
  scale_box_rows(values, /*up=*/true);
  return values;
}

void DetectorModel::show(std::string_view name, const at::Tensor& state) const {
  if (watcher_) watcher_(name, state);
}

}  // namespace unimo::trainer
