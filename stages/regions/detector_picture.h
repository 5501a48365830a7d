// A photograph as the region detector sees it: blue, green and red less their means, resized.
//
// The two behaviours differ (trainer/config/detector.h): Caffe subtracts first and resizes with the
// scale itself as the step between samples (cv::resize with fx = fy = s; 8-bit pictures as floats),
// detectron2 resizes to its rounded size, so that the step is the ratio of sides (torch's
// interpolate, bilinear, align_corners = false). Neither smooths when it shrinks. Pictures are
// taken as stored: an EXIF orientation, which the original tools apply, is not, so that boxes agree
// with those of the records.
#pragma once

#include <string_view>

#include "orchestrator/base/result.h"
#include "trainer/detector/detect.h"

namespace cv {
class Mat;
}

namespace unimo::stages {

// `bgr` has three channels of 8 bits.
trainer::DetectorPicture detector_picture(const cv::Mat& bgr, const trainer::DetectorRules& rules);

}  // namespace unimo::stages
