// A picture to objects with their boxes, as detection benchmarks score them. Unlike the regions of
// detect.h these are moved by the box head, and one place may be an object of several classes.
#pragma once

#include <vector>

#include "trainer/detector/look.h"

namespace unimo::trainer {

struct FoundObject {
  Box box;  // edges, in pixels of the picture before resizing, inside it
  int label = 0;
  float score = 0;
};

// Of every class the boxes that are probable enough, suppressed on their own; the most probable of
// all, best first (equal ones by class, then proposal). As look_at.
//
// A decoded box ends at the edge behind its last pixel in both kinds (box_coding.h).
Result<std::vector<FoundObject>> find_objects(const Detector& detector,
                                              const DetectorPicture& picture,
                                              const DetectorRules& rules,
                                              const ObjectRules& objects);

}  // namespace unimo::trainer
