// Detection: how well boxes with classes and scores match the annotated objects; average precision
// by the rules of COCO and of PASCAL VOC.
//
// COCO (pycocotools' COCOeval, iouType bbox; Lin et al. 2014): ten overlaps from 0.5 to 0.95, 101
// recalls, at most 100 boxes of a class in a picture, objects by their area, crowds that any number
// of boxes may match. VOC (Everingham et al. 2010; voc_eval.py of py-faster-rcnn): one overlap, 11
// recalls (until 2009, as 2007's benchmark is scored) or every one, objects that are hard and count
// neither way.
//
// Boxes are edges, x2 > x1: a box of one pixel has sides of 1. VOC's programs count with inclusive
// corners and add 1 to every side, which is the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unimo::eval {

struct DetectionBox {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  double area() const { return (x2 - x1) * (y2 - y1); }
};

// Intersection over union; 0 where both are empty.
double box_overlap(const DetectionBox& a, const DetectionBox& b);

// An annotated object.
struct GoldObject {
  std::size_t image = 0;  // both from 0
  std::size_t label = 0;
  DetectionBox box;
  double area = 0;        // by which COCO calls it small: of its outline where one is known
  bool is_crowd = false;  // COCO: many objects under one box
  bool is_hard = false;   // VOC: "difficult"
};

struct DetectedObject {
  std::size_t image = 0, label = 0;
  DetectionBox box;
  double score = 0;  // finite
};

// Everything to be scored. Objects and detections of equal score keep their order.
struct DetectionSet {
  std::size_t labels = 0;
  std::vector<GoldObject> gold;
  std::vector<DetectedObject> detected;
};

// COCO's twelve numbers, as shares; NaN where no object is of that kind.
struct CocoDetection {
  double ap = 0;                                     // mean over classes, overlaps and recalls
  double ap50 = 0, ap75 = 0;                         // at one overlap
  double ap_small = 0, ap_medium = 0, ap_large = 0;  // below 32², up to 96², above
  double ar1 = 0, ar10 = 0, ar100 = 0;               // highest recall with so many boxes a picture
  double ar_small = 0, ar_medium = 0, ar_large = 0;
  std::vector<double> ap_of_label;    // over all overlaps; NaN for a class without objects
  std::vector<double> ap50_of_label;  // the same at 0.5
};
CocoDetection coco_detection(const DetectionSet& set);

enum class VocRecalls {
  kEleven,  // 0, 0.1, …, 1
  kAll,     // the area under the curve of highest precisions
};

struct VocDetection {
  std::vector<double> ap;            // by class; NaN for one without objects
  std::vector<std::size_t> objects;  // that count, by class
  double mean = 0;                   // over the classes that have objects
  // By the numbers of objects: what bottom-up attention reports beside the mean.
  double weighted_mean = 0;
};
// A detection is right where it overlaps an object of its class by more than `overlap`, and no
// better detection has had that object.
VocDetection voc_detection(const DetectionSet& set, VocRecalls recalls, double overlap = 0.5);

}  // namespace unimo::eval
