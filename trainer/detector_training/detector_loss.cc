#include "trainer/detector_training/detector_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "trainer/detector/proposals.h"

namespace unimo::trainer {

namespace {

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

at::Tensor numbers_of(const std::vector<std::int64_t>& numbers) {
  return at::tensor(numbers, at::TensorOptions().dtype(at::kLong));
}

// [n, 4]
at::Tensor rows_of(const std::vector<BoxDelta>& deltas) {
  at::Tensor rows = at::zeros({static_cast<std::int64_t>(deltas.size()), 4});
  float* out = rows.mutable_data_ptr<float>();
  for (const BoxDelta& d : deltas) {
    for (const float value : {d.dx, d.dy, d.dw, d.dh}) *out++ = value;
  }
  return rows;
}

double number_of(const at::Tensor& scalar) { return scalar.item<float>(); }

class PictureLoss {
 public:
  PictureLoss(const DetectorModel& model, const DetectorSample& sample,
              const DetectorLossRules& rules)
      : model_(model),
        detector_(model.detector()),
        sample_(sample),
        rules_(rules),
        kind_(detector_.sizes().kind),
        random_(sample.key) {}

  MicroLoss run() {
    map_ = detector_.map_of(sample_.picture.pixels);
    model_.show("the map of the picture", map_);
    maps_ = detector_.proposal_maps(map_);
    model_.show("the logits of proposals", maps_.logits);
    learn_proposals();
    learn_regions();
    return {.loss = total_, .means = std::move(means_), .rows = regions_};
  }

 private:
  PictureSize size() const { return {sample_.picture.plan.width, sample_.picture.plan.height}; }
  MapSize map_size() const {
    return {static_cast<int>(map_.size(2)), static_cast<int>(map_.size(3))};
  }

  void add(const char* name, const at::Tensor& loss, double weight = 1) {
    means_.push_back({name, number_of(loss), 1});
    const at::Tensor weighted = weight == 1 ? loss : loss.mul(weight);
    total_ = total_.defined() ? total_ + weighted : weighted;
  }

  // Anchor a at cell c, numbered c · anchors + a, as rows: [cells · anchors, channels each].
  at::Tensor by_anchor(const at::Tensor& maps, std::int64_t channels, bool anchor_first) const {
    const std::int64_t anchors = detector_.sizes().anchors;
    const at::Tensor flat = maps.reshape({maps.numel() / map_cells(), map_cells()});
    const at::Tensor split = anchor_first
                                 ? flat.view({anchors, channels, map_cells()})
                                 : flat.view({channels, anchors, map_cells()}).transpose(0, 1);
    return split.permute({2, 0, 1}).reshape({map_cells() * anchors, channels});
  }
  std::int64_t map_cells() const { return map_.size(2) * map_.size(3); }

  void learn_proposals() {
    const ProposalTraining& how = rules_.training.proposals;
    const ChosenAnchors targets = choose_anchors(detector_.anchors(), map_size(), size(),
                                                 sample_.objects, how, kind_, random_);
    // No anchor lies inside of a picture this small.
    if (targets.count() == 0) return;
    std::vector<std::int64_t> chosen = targets.objects;
    chosen.insert(chosen.end(), targets.background.begin(), targets.background.end());
    const at::Tensor numbers = numbers_of(chosen);
    add("loss.proposal_class", objectness_loss(numbers, targets));
    const at::Tensor deltas =
        at::index_select(by_anchor(maps_.deltas, 4, /*anchor_first=*/true), 0,
                         numbers.slice(0, 0, static_cast<std::int64_t>(targets.objects.size())));
    add("loss.proposal_box",
        smooth_l1_sum(deltas - rows_of(targets.deltas), rules_.training.proposal_sigma) /
            static_cast<double>(targets.count()));
  }

  // Caffe has the logits of background and object, detectron2 that of object.
  at::Tensor objectness_loss(const at::Tensor& numbers, const ChosenAnchors& targets) const {
    const auto objects = static_cast<std::int64_t>(targets.objects.size());
    const bool is_caffe = kind_ == DetectorKind::kCaffe;
    const at::Tensor logits = at::index_select(
        by_anchor(maps_.logits, is_caffe ? 2 : 1, /*anchor_first=*/false), 0, numbers);
    at::Tensor truth = at::zeros({numbers.size(0)}, is_caffe ? at::kLong : at::kFloat);
    truth.slice(0, 0, objects).fill_(1);
    if (is_caffe) return at::cross_entropy_loss(logits, truth);
    return at::binary_cross_entropy_with_logits(logits.select(1, 0), truth);
  }

  std::vector<Box> proposed() {
    DetectorRules rules = rules_.rules;
    rules.scored_proposals = rules_.training.proposals.scored_proposals;
    rules.proposals = rules_.training.proposals.proposals;
    const at::Tensor scores = maps_.scores.detach().contiguous();
    const at::Tensor deltas = maps_.deltas.detach().contiguous();
    return propose({.rows = map_size().rows,
                    .columns = map_size().columns,
                    .scores = values_of(scores),
                    .deltas = values_of(deltas)},
                   detector_.anchors(), size(), sample_.picture.plan.scale, rules)
        .boxes;
  }

  void learn_regions() {
    const std::vector<Box> proposals = proposed();
    measure_recall(proposals);
    const ChosenRegions targets =
        choose_regions(proposals, sample_.objects, rules_.training.regions, kind_, random_);
    regions_ = static_cast<std::int64_t>(targets.boxes.size());
    if (regions_ == 0) return;
    const at::Tensor features =
        detector_.features_of(detector_.pooled(map_, targets.boxes, rules_.rules.bins));
    model_.show("the features of regions", features);
    const Detector::Heads heads = detector_.heads_of(features);
    learn_classes(heads.class_logits, targets);
    const auto objects = static_cast<std::int64_t>(targets.labels.size());
    if (objects == 0) return;
    learn_boxes(heads.box_deltas.slice(0, 0, objects), targets);
    if (detector_.sizes().attributes > 0) learn_attributes(features, targets);
  }

  void measure_recall(const std::vector<Box>& proposals) {
    if (sample_.objects.empty()) return;
    constexpr float kHalf = 0.5F;
    const auto is_proposed = [&](const TrueObject& object) {
      return std::ranges::any_of(proposals, [&](const Box& box) {
        return overlap_of(box, object.box, side_extra(kind_)) >= kHalf;
      });
    };
    const auto found = std::ranges::count_if(sample_.objects, is_proposed);
    means_.push_back({"recall.proposals", static_cast<double>(found),
                      static_cast<double>(sample_.objects.size())});
  }

  // Columns of class logits: background is the first in Caffe, the last in detectron2.
  std::int64_t column_of(int label) const {
    return kind_ == DetectorKind::kCaffe ? label + 1 : label;
  }
  std::int64_t background() const {
    return kind_ == DetectorKind::kCaffe ? 0 : detector_.sizes().classes;
  }

  std::vector<std::int64_t> columns_of(const std::vector<int>& labels) const {
    std::vector<std::int64_t> columns;
    for (const int label : labels) columns.push_back(column_of(label));
    return columns;
  }

  void learn_classes(const at::Tensor& logits, const ChosenRegions& targets) {
    std::vector<std::int64_t> columns = columns_of(targets.labels);
    columns.resize(targets.boxes.size(), background());
    const at::Tensor truth = numbers_of(columns);
    add("loss.class", at::cross_entropy_loss(logits, truth));
    const double right = number_of(at::argmax(logits.detach(), 1).eq(truth).sum().to(at::kFloat));
    means_.push_back({"accuracy.class", right, static_cast<double>(regions_)});
  }

  void learn_boxes(const at::Tensor& deltas, const ChosenRegions& targets) {
    const auto objects = static_cast<std::int64_t>(targets.labels.size());
    const at::Tensor by_class = deltas.reshape({-1, 4});
    // Caffe has four rows of background as well, the first ones.
    const std::int64_t classes = by_class.size(0) / objects;
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < objects; ++i)
      rows.push_back(i * classes + column_of(targets.labels[static_cast<std::size_t>(i)]));
    const DeltaWeights w = kDetectron2HeadWeights;  // the inverse of the spread
    const at::Tensor units = at::tensor({w.x, w.y, w.w, w.h});
    const at::Tensor difference =
        at::index_select(by_class, 0, numbers_of(rows)) - rows_of(targets.deltas) * units;
    add("loss.box", smooth_l1_sum(difference, 1) / static_cast<double>(regions_));
  }

  void learn_attributes(const at::Tensor& features, const ChosenRegions& targets) {
    std::vector<std::int64_t> rows, classes, attributes;
    for (std::size_t i = 0; i < targets.labels.size(); ++i) {
      if (targets.attributes[i] < 0) continue;
      rows.push_back(static_cast<std::int64_t>(i));
      classes.push_back(column_of(targets.labels[i]));
      attributes.push_back(kind_ == DetectorKind::kCaffe ? targets.attributes[i] + 1
                                                         : targets.attributes[i]);
    }
    if (rows.empty()) return;
    const at::Tensor logits = detector_.attribute_logits(
        at::index_select(features, 0, numbers_of(rows)), numbers_of(classes));
    add("loss.attribute", at::cross_entropy_loss(logits, numbers_of(attributes)),
        rules_.training.attribute_weight);
  }

  const DetectorModel& model_;
  const Detector& detector_;
  const DetectorSample& sample_;
  const DetectorLossRules& rules_;
  DetectorKind kind_;
  Random random_;
  at::Tensor map_;
  Detector::ProposalScores maps_;
  at::Tensor total_;
  std::vector<NamedMean> means_;
  std::int64_t regions_ = 0;
};

}  // namespace

at::Tensor smooth_l1_sum(const at::Tensor& difference, double sigma) {
  const double square = sigma * sigma;
  const at::Tensor size = at::abs(difference);
  return at::where(at::lt(size, 1 / square), size * size * (square / 2), size - 0.5 / square).sum();
}

MicroLoss detector_loss(const DetectorModel& model, const DetectorSample& sample,
                        const DetectorLossRules& rules) {
  MicroLoss loss = PictureLoss(model, sample, rules).run();
  if (!loss.loss.defined()) loss.loss = at::zeros({});
  return loss;
}

}  // namespace unimo::trainer
