#include "trainer/detector/detector.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/masked_fill.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/softmax.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "orchestrator/base/result.h"
#include "trainer/detector/anchors.h"
#include "trainer/detector/roi_pool.h"
#include "trainer/weights/detector_tensors.h"

namespace unimo::trainer {

namespace {

constexpr double kEpsilon = 1e-5;            // of Caffe's BatchNorm; the prototxt sets none
constexpr std::int64_t kRegionsAtOnce = 32;  // through res5: 51 MB for the widest map

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

// A head is a convolution of maps of one cell: then one library does all products, and its sums do
// not depend on the number of threads.
at::Tensor as_map(const at::Tensor& rows) { return rows.view({rows.size(0), -1, 1, 1}); }
at::Tensor as_rows(const at::Tensor& map) {
  return map.to(at::kFloat).contiguous().view({map.size(0), -1});
}

}  // namespace

// Layers from named numbers.
class Detector::Building {
 public:
  Building(Detector& detector, const DetectorValues& values)
      : detector_(detector), values_(values) {
    for (const DetectorTensor& tensor : detector_tensors(values.sizes)) {
      shapes_[tensor.name] = tensor.shape;
      const bool is_learned = tensor.part == DetectorPart::kConvolution ||
                              tensor.part == DetectorPart::kWeight ||
                              tensor.part == DetectorPart::kBias;
      if (is_learned) detector_.parameters_.push_back({tensor.name, tensor_of(tensor.name)});
    }
  }

  at::Tensor parameter(const std::string& name) const {
    const auto found = std::ranges::find(detector_.parameters_, name, &NamedParameter::name);
    UNIMO_CHECK(found != detector_.parameters_.end(), "no parameter {}", name);
    return found->value;
  }

  Convolution normed(const std::string& name, const ConvolutionPlan& plan) const {
    const std::string norm = name + ".norm.";
    const at::Tensor scale =
        at::mul(tensor_of(norm + "weight"), at::rsqrt(tensor_of(norm + "running_var") + kEpsilon));
    const at::Tensor shift =
        tensor_of(norm + "bias") - at::mul(tensor_of(norm + "running_mean"), scale);
    return {parameter(name + ".weight"), scale, shift, plan};
  }

  Convolution biased(const std::string& name, const ConvolutionPlan& plan = {}) const {
    return {parameter(name + ".weight"), at::Tensor(), parameter(name + ".bias"), plan};
  }

  // Stages 0 to 2 are of the trunk; 3, on regions, keeps its size and looks further instead.
  std::vector<Bottleneck> residual_stage(int stage) const {
    std::vector<Bottleneck> blocks;
    for (int i = 0; i < detector_.sizes_.blocks[static_cast<std::size_t>(stage)]; ++i) {
      const std::string name = detector_block(stage, i);
      const std::int64_t stride = i == 0 && (stage == 1 || stage == 2) ? 2 : 1;
      const std::int64_t reach = stage == 3 ? 2 : 1;
      Bottleneck block{.reduce = normed(name + ".conv1", {.stride = stride}),
                       .middle = normed(name + ".conv2", {.padding = reach, .dilation = reach}),
                       .expand = normed(name + ".conv3", {}),
                       .has_shortcut = i == 0};
      if (i == 0) block.shortcut = normed(name + ".shortcut", {.stride = stride});
      blocks.push_back(std::move(block));
    }
    return blocks;
  }

  std::vector<Box> anchors() const {
    const auto found = values_.tensors.find(std::string(kCellAnchors));
    if (found == values_.tensors.end()) return published_anchors(values_.sizes.kind);
    std::vector<Box> boxes;
    const std::vector<float>& v = found->second;
    for (std::size_t i = 0; i + 3 < v.size(); i += 4)
      boxes.push_back({v[i], v[i + 1], v[i + 2], v[i + 3]});
    return boxes;
  }

 private:
  at::Tensor tensor_of(const std::string& name) const {
    const auto found = values_.tensors.find(name);
    UNIMO_CHECK(found != values_.tensors.end(), "the detector has no values for {}", name);
    at::Tensor tensor = at::empty(shapes_.at(name), at::kFloat);
    UNIMO_CHECK(tensor.numel() == static_cast<std::int64_t>(found->second.size()),
                "{} values for {}", found->second.size(), name);
    std::memcpy(tensor.mutable_data_ptr(), found->second.data(),
                found->second.size() * sizeof(float));
    return tensor;
  }

  Detector& detector_;
  const DetectorValues& values_;
  std::map<std::string, std::vector<std::int64_t>> shapes_;
};

Detector::Detector(const DetectorValues& values) : sizes_(values.sizes) {
  const Building build(*this, values);
  anchors_ = build.anchors();
  UNIMO_CHECK(static_cast<int>(anchors_.size()) == sizes_.anchors, "{} anchors for {}",
              anchors_.size(), sizes_.anchors);
  const std::string rpn = "proposal_generator.rpn_head.", head = "roi_heads.box_predictor.";
  stem_ = build.normed("backbone.stem.conv1", {.stride = 2, .padding = 3});
  for (int stage = 0; stage < 4; ++stage) stages_.push_back(build.residual_stage(stage));
  proposal_ = build.biased(rpn + "conv", {.padding = 1});
  objectness_ = build.biased(rpn + "objectness_logits");
  deltas_ = build.biased(rpn + "anchor_deltas");
  classes_ = build.biased(head + "cls_score");
  boxes_ = build.biased(head + "bbox_pred");
  if (sizes_.attributes == 0) return;
  embedding_ = build.parameter(head + "cls_embedding.weight");
  attribute_ = build.biased(head + "fc_attr");
  attributes_ = build.biased(head + "attr_score");
}

template <class Visit>
void Detector::each_convolution(const Visit& visit) {
  for (Convolution* layer : {&stem_, &proposal_, &objectness_, &deltas_, &classes_, &boxes_})
    visit(*layer);
  if (sizes_.attributes > 0) {
    visit(attribute_);
    visit(attributes_);
  }
  for (auto& stage : stages_) {
    for (Bottleneck& block : stage) {
      for (Convolution* layer : {&block.reduce, &block.middle, &block.expand}) visit(*layer);
      if (block.has_shortcut) visit(block.shortcut);
    }
  }
}

void Detector::prepare(at::ScalarType type) {
  UNIMO_CHECK(type == at::kFloat || type == at::kBFloat16, "a detector of another type");
  type_ = type;
  each_convolution([&](Convolution& layer) { layer.fold(type); });
}

at::Tensor Detector::Bottleneck::operator()(const at::Tensor& x) const {
  const at::Tensor inner = middle.rectified(reduce.rectified(x));
  // The sum is written over; without a shortcut that is the input, which nobody needs any more, but
  // for the stage's first input, which has one.
  return expand.rectified_sum(inner, has_shortcut ? shortcut.plain(x) : x);
}

at::Tensor Detector::map_of(const at::Tensor& picture) const {
  at::Tensor x = picture.to(type_).contiguous(at::MemoryFormat::ChannelsLast);
  x = stem_.rectified(x);
  // A map of one row has no window at all: it gets a second one. Nothing is below 0 here.
  const std::int64_t down = x.size(2) < 2 ? 1 : 0, right = x.size(3) < 2 ? 1 : 0;
  if (down + right > 0) x = at::constant_pad_nd(x, {0, right, 0, down});
  x = at::max_pool2d(x, {3, 3}, {2, 2}, {0, 0}, {1, 1}, /*ceil_mode=*/true);
  for (std::size_t stage = 0; stage < 3; ++stage) {
    for (const Bottleneck& block : stages_[stage]) x = block(x);
  }
  return x;
}

Detector::ProposalScores Detector::proposal_maps(const at::Tensor& map) const {
  const at::Tensor hidden = proposal_.rectified(map);
  const at::Tensor logits = objectness_.plain(hidden).to(at::kFloat).contiguous();
  const at::Tensor deltas = deltas_.plain(hidden).to(at::kFloat).contiguous();
  const std::int64_t anchors = sizes_.anchors, h = map.size(2), w = map.size(3);
  at::Tensor scores = logits[0];
  if (sizes_.kind == DetectorKind::kCaffe)
    scores = at::softmax(logits.view({2, anchors, h, w}), 0)[1].contiguous();
  return {scores, logits, deltas[0]};
}

at::Tensor Detector::pooled(const at::Tensor& map, std::span<const Box> boxes, int bins) const {
  const at::Tensor cells =
      map.to(at::kFloat).permute({0, 2, 3, 1}).contiguous();  // [1, h, w, channels]
  const RoiPooling how{.map = {static_cast<int>(cells.size(1)), static_cast<int>(cells.size(2)),
                               static_cast<int>(cells.size(3))},
                       .bins = bins,
                       .scale = 1.0F / kFeatureStride,
                       .threads = at::get_num_threads()};
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(boxes.size()), bins, bins,
                                           cells.size(3)};
  const bool is_recorded = c10::GradMode::is_enabled() && map.requires_grad();
  at::Tensor out = at::empty(shape, is_recorded ? at::kLong : at::kFloat);
  const auto count = static_cast<std::size_t>(out.numel());
  if (!is_recorded) {
    roi_max_pool(values_of(cells), boxes, how, {out.mutable_data_ptr<float>(), count});
    return out.permute({0, 3, 1, 2}).to(map.scalar_type());
  }
  // The maxima as a selection from the map, which autograd knows how to go back through; of a flat
  // one, so that gradients are added up in one order (those of at::take are not).
  roi_max_places(values_of(cells), boxes, how, {out.mutable_data_ptr<std::int64_t>(), count});
  const at::Tensor empty = out.lt(0);
  const at::Tensor places = out.clamp_min(0).view({-1});
  return at::index_select(cells.view({-1}), 0, places)
      .view(shape)
      .masked_fill(empty, 0)
      .permute({0, 3, 1, 2});
}

at::Tensor Detector::features_of(const at::Tensor& pooled) const {
  std::vector<at::Tensor> parts;
  for (std::int64_t i = 0; i < pooled.size(0); i += kRegionsAtOnce) {
    // Bottlenecks write over their input: the first block of the stage has a shortcut, so that
    // `pooled` stays.
    at::Tensor x = pooled.slice(0, i, std::min(i + kRegionsAtOnce, pooled.size(0)));
    for (const Bottleneck& block : stages_[3]) x = block(x);
    parts.push_back(at::mean(x, at::IntArrayRef{2, 3}, false, at::kFloat));
  }
  if (parts.empty()) return at::empty({0, sizes_.feature_size()}, at::kFloat);
  return at::cat(parts);
}

Detector::Heads Detector::heads_of(const at::Tensor& features) const {
  if (features.size(0) == 0) {
    return {at::empty({0, classes_.shift().size(0)}, at::kFloat),
            at::empty({0, boxes_.shift().size(0)}, at::kFloat)};
  }
  const at::Tensor map = as_map(features).to(type_);
  return {as_rows(classes_.plain(map)), as_rows(boxes_.plain(map))};
}

at::Tensor Detector::attribute_logits(const at::Tensor& features, const at::Tensor& classes) const {
  UNIMO_CHECK(sizes_.attributes > 0, "a detector without attributes");
  if (features.size(0) == 0) return at::empty({0, sizes_.attributes + 1}, at::kFloat);
  const at::Tensor both = at::cat({features, at::embedding(embedding_, classes)}, 1);
  return as_rows(attributes_.plain(attribute_.rectified(as_map(both).to(type_))));
}

}  // namespace unimo::trainer
