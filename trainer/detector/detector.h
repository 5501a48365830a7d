// The region detector's network: a picture to a map, the map to proposals, each proposal to a
// feature, the feature to class, box and attribute. ResNet-C4 with fixed norms, Caffe's strides (in
// the first 1×1) and pooling (no padding, ceiling), a proposal network, RoI maximum pooling, a
// dilated res5 on every region.
//
//   Detector detector(UNIMO_TRY(read_detector(file)));
//   detector.prepare(at::kFloat);
//   const auto map = detector.map_of(picture);  // [1, 3, H, W] to [1, 1024, H/16, W/16]
//   const auto scores = detector.proposal_maps(map);
//   const auto features = detector.features_of(detector.pooled(map, boxes));  // [n, 2048]
//   const auto heads = detector.heads_of(features);
//
// Shapes are given for the published sizes; see DetectorSizes for others.
//
// Training. parameters() are leaves of autograd: set requires_grad on those to be learned (the
// published recipe fixes conv1, res2 and res3 beside all norms) and every call records gradients
// down to them, through the pooling as well. Targets and losses are not here. The norms' factors
// are no leaves. After an optimiser's step prepare() must be called before gradient-free calls,
// which compute with folded copies.
//
// Calls of const members may overlap while no gradients are recorded.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <vector>

#include "trainer/detector/box.h"
#include "trainer/detector/convolution.h"
#include "trainer/detector/detector_values.h"

namespace unimo::trainer {

class Detector {
 public:
  // Every tensor of the sizes must be there, but the anchors, which otherwise are the published
  // ones.
  explicit Detector(const DetectorValues& values);

  const DetectorSizes& sizes() const { return sizes_; }
  const std::vector<Box>& anchors() const { return anchors_; }

  struct NamedParameter {
    std::string name;
    at::Tensor value;
  };
  // In the order of detector_tensors; without norms and anchors.
  const std::vector<NamedParameter>& parameters() const { return parameters_; }
  // Folds norms into weights and lays these out for gradient-free calls, to compute in `type`:
  // kFloat, or kBFloat16 for half the memory traffic and, on processors that have it, twice the
  // arithmetic.
  void prepare(at::ScalarType type);

  // `picture` is BGR less the mean, [1, 3, H, W] floats. A side of 2 or less gives a map one cell
  // high.
  at::Tensor map_of(const at::Tensor& picture) const;  // [1, 1024, H/16, W/16], rounded up

  struct ProposalScores {
    at::Tensor
        scores;  // [anchors, h, w] floats: Caffe's probability of an object, detectron2's logit
    at::Tensor logits;  // [1, 2 · anchors (Caffe) or anchors, h, w], what a loss wants
    at::Tensor deltas;  // [4 · anchors, h, w] floats
  };
  ProposalScores proposal_maps(const at::Tensor& map) const;

  // Boxes in pixels of the picture; [n, 1024, bins, bins] in the map's type. Published: 14.
  at::Tensor pooled(const at::Tensor& map, std::span<const Box> boxes, int bins = 14) const;
  at::Tensor features_of(const at::Tensor& pooled) const;  // [n, 2048] floats, none below 0

  struct Heads {
    at::Tensor class_logits;  // [n, 1601]; background is column 0 in Caffe, the last in detectron2
    at::Tensor box_deltas;    // [n, 6404] in Caffe, [n, 6400] in detectron2
  };
  Heads heads_of(const at::Tensor& features) const;
  // [n, 401]; "none" is column 0 in Caffe, the last in detectron2. `classes` [n] are columns of the
  // class logits: the likeliest ones, in training the true ones.
  at::Tensor attribute_logits(const at::Tensor& features, const at::Tensor& classes) const;

 private:
  struct Bottleneck {
    Convolution reduce, middle, expand, shortcut;
    bool has_shortcut = false;
    at::Tensor operator()(const at::Tensor& x) const;
  };
  class Building;
  // All layers, for fold.
  template <class Visit>
  void each_convolution(const Visit& visit);

  DetectorSizes sizes_;
  at::ScalarType type_ = at::kFloat;
  std::vector<Box> anchors_;
  std::vector<NamedParameter> parameters_;
  Convolution stem_, proposal_, objectness_, deltas_, classes_, boxes_, attribute_, attributes_;
  at::Tensor embedding_;
  std::vector<std::vector<Bottleneck>> stages_;
};

}  // namespace unimo::trainer
