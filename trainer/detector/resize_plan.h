// To which size a picture is resized before the detector looks at it.
#pragma once

#include "trainer/detector/box.h"

namespace unimo::trainer {

struct ResizePlan {
  double scale = 1;  // caffe: what the sampling uses; detectron2: before the sides are rounded
  int width = 0, height = 0;
};

// Makes the short side `short_side`, or the long one `long_side` where it would be longer. Caffe
// rounds the long side and both sides of the result half to even (numpy.round, cv::resize);
// detectron2 cuts x + 0.5. Sides are at least 1. `width` and `height` are positive.
ResizePlan plan_resize(int width, int height, const DetectorRules& rules);

}  // namespace unimo::trainer
