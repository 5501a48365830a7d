// What training tells the detector about a picture: which anchors and which proposals are objects,
// and how far each is from its object. Pure functions; what is drawn comes from the given Random.
//
// Sources: py-faster-rcnn's anchor_target_layer.py and proposal_target_layer.py, and detectron2's
// Matcher with the same thresholds. The kinds differ in whether anchors that leave the picture
// count (Caffe: they do not) and in their convention of sides.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/config/detector_training.h"
#include "trainer/data/random.h"
#include "trainer/detector/box.h"
#include "trainer/detector/box_coding.h"

namespace unimo::trainer {

// An annotated object, in pixels of the resized picture and the corners of the detector's kind.
struct TrueObject {
  Box box;
  int label = 0;                // class, from 0, without background
  std::vector<int> attributes;  // likewise; none: not known
};

// Anchors that the proposal network is told about. Numbers are those of proposals.h: row, column,
// anchor.
struct ChosenAnchors {
  std::vector<std::int64_t> objects, background;  // ascending
  std::vector<BoxDelta> deltas;                   // from each of `objects` to its object
  std::size_t count() const { return objects.size() + background.size(); }
};

struct MapSize {
  int rows = 0, columns = 0;
};

// An anchor is an object where it overlaps one by object_overlap, and also where no other overlaps
// that object more; background where it overlaps all by less than background_overlap, every one
// when there are no objects. Of these at most `anchors` are drawn, of objects at most their share.
ChosenAnchors choose_anchors(std::span<const Box> anchors, const MapSize& map,
                             const PictureSize& size, std::span<const TrueObject> objects,
                             const ProposalTraining& rules, DetectorKind kind, Random& random);

// Regions that the heads are told about: first those that are objects.
struct ChosenRegions {
  std::vector<Box> boxes;
  std::vector<int> labels;       // of the objects, from 0; the rest is background
  std::vector<BoxDelta> deltas;  // of the objects
  std::vector<int> attributes;   // of the objects: one of each drawn; -1: none is known
};

// From the proposals and the objects themselves. Of both parts as many are drawn as there are; of
// several attributes one.
ChosenRegions choose_regions(std::span<const Box> proposals, std::span<const TrueObject> objects,
                             const RegionTraining& rules, DetectorKind kind, Random& random);

}  // namespace unimo::trainer
