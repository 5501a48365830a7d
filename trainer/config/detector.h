// The object detector of region features: its sizes and the numbers of its post-processing.
//
// The network is the Faster R-CNN of bottom-up attention (Anderson et al. 2018): ResNet-101-C4,
// region proposals, a dilated res5 on every proposal, heads for classes, boxes and attributes. It
// exists in two behaviours, which share weights and differ before and behind the network:
//   caffe       the original (peteanderson80/bottom-up-attention) and MILVLG's port of it; made the
//               published features of COCO, VQA and Flickr30k
//   detectron2  airsplay/py-bottom-up-attention, Hugging Face's unc-nlp/frcnn-vg-finetuned
#pragma once

#include <array>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::trainer {

// Which of the two; decides the order of anchors and classes as well.
enum class DetectorKind { kCaffe, kDetectron2 };

inline constexpr std::string_view kCaffeName = "caffe";
inline constexpr std::string_view kDetectron2Name = "detectron2";

// Two detectors of equal sizes and kind have the same tensors. The defaults are the published ones.
struct DetectorSizes {
  DetectorKind kind = DetectorKind::kCaffe;
  std::array<int, 4> blocks = {3, 4, 23, 3};  // bottlenecks of res2 … res5
  int stem = 64;                              // channels of conv1
  int width =
      64;  // inner channels of res2; every later stage has twice as many, outputs have 4 times
  int proposal_hidden = 512;
  int anchors = 12;      // at every cell
  int classes = 1600;    // without background
  int attributes = 400;  // without "no attribute"; 0: there is no attribute head
  int embedding = 256;   // of the class, beside the feature, for the attributes
  int attribute_hidden = 512;
  bool operator==(const DetectorSizes&) const = default;

  int stage_width(int stage) const { return width << stage; }  // stage 0: res2
  int stage_output(int stage) const { return 4 * width << stage; }
  int map_channels() const { return stage_output(2); }  // of res4: 1024
  int feature_size() const { return stage_output(3); }  // of a region: 2048
};

// How pictures become regions. Pixels are those of the resized picture unless said otherwise.
struct DetectorRules {
  std::string behaviour = std::string(kCaffeName);
  int short_side = 600;
  int long_side = 1000;
  double min_size = 16;
  int bins = 14;
  int scored_proposals = 6000;
  int proposals = 300;
  double proposal_overlap = 0.7;
  double class_overlap = 0.3;
  double min_confidence = 0.2;
  int min_regions = 10;
  int max_regions = 100;
  bool scaled_deltas = true;
  DetectorKind kind() const {
    return behaviour == kCaffeName ? DetectorKind::kCaffe : DetectorKind::kDetectron2;
  }
};
template <class V>
void visit(V& v, DetectorRules& c) {
  v.field(
      "behaviour", c.behaviour, one_of({std::string(kCaffeName), std::string(kDetectron2Name)}),
      "caffe made the published features; detectron2 chooses by one class-agnostic suppression");
  v.field("short_side", c.short_side, between(32, 4096), "pictures are resized to it, in pixels");
  v.field("long_side", c.long_side, between(32, 8192), "unless the long side would exceed this");
  v.field("min_size", c.min_size, not_negative(),
          "caffe: smallest side of a proposal, in pixels of the picture before resizing");
  v.field("bins", c.bins, between(1, 64),
          "cells to a side that a region's part of the map becomes; as in the training");
  v.field("scored_proposals", c.scored_proposals, between(1, 1000000),
          "proposals of the highest scores that suppression sees");
  v.field("proposals", c.proposals, between(1, 10000), "proposals kept");
  v.field("proposal_overlap", c.proposal_overlap, fraction(),
          "proposals that overlap a better one by this much are dropped");
  v.field(
      "class_overlap", c.class_overlap, fraction(),
      "the same among regions of one class; detectron2: the first of the tries, in steps of 0.1");
  v.field("min_confidence", c.min_confidence, fraction(),
          "caffe: regions as sure as this are kept");
  v.field("min_regions", c.min_regions, between(1, 10000), "at least so many, where there are");
  v.field("max_regions", c.max_regions, between(1, 10000), "at most so many, the surest");
  v.field("scaled_deltas", c.scaled_deltas,
          "detectron2: box deltas are divided by 10, 10, 5, 5; false for weights that have them "
          "folded in");
}

// Which boxes count as objects that were found, in the sense of detection benchmarks: every class
// on its own, with the boxes moved by the class's deltas. The defaults are py-faster-rcnn's.
struct ObjectRules {
  double min_score = 0.05;
  double overlap = 0.3;
  int most = 100;
};
template <class V>
void visit(V& v, ObjectRules& c) {
  v.field("min_score", c.min_score, fraction(), "boxes less probable than this are dropped");
  v.field("overlap", c.overlap, fraction(),
          "boxes that overlap a better one of their class by this much are dropped");
  v.field("most", c.most, between(1, 100000), "of a picture, the most probable");
}

}  // namespace unimo::trainer
