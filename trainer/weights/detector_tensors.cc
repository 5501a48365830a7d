#include "trainer/weights/detector_tensors.h"

#include <fmt/format.h>

namespace unimo::trainer {

namespace {

class TensorList {
 public:
  explicit TensorList(const DetectorSizes& sizes) : sizes_(sizes) {}

  std::vector<DetectorTensor> all() {
    convolution("backbone.stem.conv1", sizes_.stem, 3, 7);
    for (int stage = 0; stage < 3; ++stage) residual_stage(stage);
    proposal_network();
    residual_stage(3);
    box_head();
    if (sizes_.attributes > 0) attribute_head();
    return std::move(list_);
  }

 private:
  void add(std::string name, std::vector<std::int64_t> shape, DetectorPart part) {
    list_.push_back({std::move(name), std::move(shape), part});
  }

  void convolution(const std::string& name, int out, int in, int side) {
    add(name + ".weight", {out, in, side, side}, DetectorPart::kConvolution);
    add(name + ".norm.weight", {out}, DetectorPart::kNormWeight);
    add(name + ".norm.bias", {out}, DetectorPart::kNormBias);
    add(name + ".norm.running_mean", {out}, DetectorPart::kNormMean);
    add(name + ".norm.running_var", {out}, DetectorPart::kNormVariance);
  }

  void residual_stage(int stage) {
    const int inner = sizes_.stage_width(stage), out = sizes_.stage_output(stage);
    int in = stage == 0 ? sizes_.stem : sizes_.stage_output(stage - 1);
    for (int i = 0; i < sizes_.blocks[static_cast<std::size_t>(stage)]; ++i, in = out) {
      const std::string block = detector_block(stage, i);
      if (i == 0) convolution(block + ".shortcut", out, in, 1);
      convolution(block + ".conv1", inner, in, 1);
      convolution(block + ".conv2", inner, inner, 3);
      convolution(block + ".conv3", out, inner, 1);
    }
  }

  void with_bias(const std::string& name, std::vector<std::int64_t> shape) {
    const std::int64_t out = shape[0];
    add(name + ".weight", std::move(shape), DetectorPart::kWeight);
    add(name + ".bias", {out}, DetectorPart::kBias);
  }

  void proposal_network() {
    const std::string head = "proposal_generator.rpn_head.";
    const int scores = sizes_.kind == DetectorKind::kCaffe ? 2 : 1;
    add(std::string(kCellAnchors), {sizes_.anchors, 4}, DetectorPart::kAnchors);
    with_bias(head + "conv", {sizes_.proposal_hidden, sizes_.map_channels(), 3, 3});
    with_bias(head + "objectness_logits", {scores * sizes_.anchors, sizes_.proposal_hidden, 1, 1});
    with_bias(head + "anchor_deltas", {4 * sizes_.anchors, sizes_.proposal_hidden, 1, 1});
  }

  void box_head() {
    const std::string head = "roi_heads.box_predictor.";
    const int boxes = sizes_.kind == DetectorKind::kCaffe ? sizes_.classes + 1 : sizes_.classes;
    with_bias(head + "cls_score", {sizes_.classes + 1, sizes_.feature_size()});
    with_bias(head + "bbox_pred", {4 * boxes, sizes_.feature_size()});
  }

  void attribute_head() {
    const std::string head = "roi_heads.box_predictor.";
    add(head + "cls_embedding.weight", {sizes_.classes + 1, sizes_.embedding},
        DetectorPart::kWeight);
    with_bias(head + "fc_attr",
              {sizes_.attribute_hidden, sizes_.feature_size() + sizes_.embedding});
    with_bias(head + "attr_score", {sizes_.attributes + 1, sizes_.attribute_hidden});
  }

  const DetectorSizes& sizes_;
  std::vector<DetectorTensor> list_;
};

}  // namespace

std::string detector_block(int stage, int block) {
  return fmt::format("{}.res{}.{}", stage == 3 ? "roi_heads" : "backbone", stage + 2, block);
}

std::vector<DetectorTensor> detector_tensors(const DetectorSizes& sizes) {
  return TensorList(sizes).all();
}

}  // namespace unimo::trainer
