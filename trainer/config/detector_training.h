// How the region detector is trained. The defaults are the published recipe of bottom-up attention
// (peteanderson80/bottom-up-attention, models/vg/ResNet-101 and faster_rcnn_end2end.yml): Anderson
// et al. 2018; Ren et al. 2015 for the proposal network; Girshick 2015 for the heads.
#pragma once

#include <vector>

#include "orchestrator/base/fields.h"
#include "trainer/config/detector.h"

namespace unimo::trainer {

// Of a detector that starts from drawn numbers; classes and attributes follow from the data.
struct DetectorShape {
  std::vector<int> blocks = {3, 4, 23, 3};
  int stem = 64;
  int width = 64;
  int proposal_hidden = 512;
  std::vector<double> ratios = {0.5, 1, 2};
  std::vector<double> scales = {4, 8, 16, 32};
  int embedding = 256;
  int attribute_hidden = 512;
};
template <class V>
void visit(V& v, DetectorShape& c) {
  v.field("blocks", c.blocks, between(1, 100), "bottlenecks of res2, res3, res4 and res5");
  v.field("stem", c.stem, between(1, 1024), "channels of conv1");
  v.field("width", c.width, between(1, 1024),
          "inner channels of res2; a region's feature has 32 times as many numbers");
  v.field("proposal_hidden", c.proposal_hidden, between(1, 4096), "channels of the proposal head");
  v.field("ratios", c.ratios, between(0.01, 100), "of anchors, height to width");
  v.field("scales", c.scales, between(0.25, 256), "of anchors: sides in units of 16 pixels");
  v.field("embedding", c.embedding, between(1, 4096), "of a class, for the attributes");
  v.field("attribute_hidden", c.attribute_hidden, between(1, 4096), "of the attribute head");
}

// Which anchors the proposal network learns from, and which proposals the heads are shown.
struct ProposalTraining {
  int anchors = 64;
  double object_share = 0.5;
  double object_overlap = 0.7;
  double background_overlap = 0.3;
  int scored_proposals = 12000;
  int proposals = 2000;
};
template <class V>
void visit(V& v, ProposalTraining& c) {
  v.field("anchors", c.anchors, between(1, 100000), "drawn of a picture");
  v.field("object_share", c.object_share, fraction(), "of them that are objects, at most");
  v.field("object_overlap", c.object_overlap, fraction(),
          "an anchor that overlaps an object by this is one; so is each object's best anchor");
  v.field("background_overlap", c.background_overlap, fraction(),
          "an anchor that overlaps every object by less is background");
  v.field("scored_proposals", c.scored_proposals, between(1, 1000000),
          "proposals of the highest scores that suppression sees in training");
  v.field("proposals", c.proposals, between(1, 100000), "of them that regions are drawn from");
}

struct RegionTraining {
  int regions = 64;
  double object_share = 0.5;
  double object_overlap = 0.5;
  double background_overlap = 0;
};
template <class V>
void visit(V& v, RegionTraining& c) {
  v.field("regions", c.regions, between(1, 100000), "drawn of a picture");
  v.field("object_share", c.object_share, fraction(), "of them that are objects, at most");
  v.field("object_overlap", c.object_overlap, fraction(),
          "a proposal that overlaps an object by this is one");
  v.field("background_overlap", c.background_overlap, fraction(),
          "background overlaps some object by at least this, and by less than object_overlap");
}

struct DetectorTraining {
  DetectorShape shape;
  int images = 8;
  int fixed_stages = 0;
  bool mirror = true;
  ProposalTraining proposals;
  RegionTraining regions;
  double proposal_sigma = 3;
  double attribute_weight = 0.5;
};
template <class V>
void visit(V& v, DetectorTraining& c) {
  v.field("shape", c.shape, "sizes and anchors");
  v.field("images", c.images, between(1, 4096), "pictures of a step; their losses are averaged");
  v.field("fixed_stages", c.fixed_stages, between(0, 4),
          "of conv1, res2, res3, res4 the first so many stay as they are; the published detector, "
          "which began with a network trained on ImageNet, has 3");
  v.field("mirror", c.mirror, "half of the pictures, drawn anew in each epoch, are mirrored");
  v.field("proposals", c.proposals, "the proposal network");
  v.field("regions", c.regions, "the heads");
  v.field("proposal_sigma", c.proposal_sigma, positive(),
          "of the smooth L1 loss of proposals: it is square below 1 / sigma^2");
  v.field("attribute_weight", c.attribute_weight, not_negative(), "of the attribute loss");
}

}  // namespace unimo::trainer
