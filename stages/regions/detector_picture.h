// A photograph as the region detector sees it: blue, green and red less their means, resized.
//
// The two behaviours differ (trainer/config/detector.h): Caffe subtracts first and resizes with the
// scale itself as the step between samples (cv::resize with fx = fy = s; 8-bit pictures as floats),
// detectron2 resizes to its rounded size, so that the step is the ratio of sides (torch's
// interpolate, bilinear, align_corners = false). Neither smooths when it shrinks. Pictures are
// taken as stored: an EXIF orientation, which the original tools apply, is not, so that boxes agree
// with those of the records.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/base/result.h"
#include "stages/ingest/records.h"
#include "trainer/detector/look.h"

namespace cv {
class Mat;
}

namespace unimo::stages {

// `bgr` has three channels of 8 bits.
trainer::DetectorPicture detector_picture(const cv::Mat& bgr, const trainer::DetectorRules& rules);

// A picture of records, or why it cannot be used.
struct ReadPicture {
  std::optional<trainer::DetectorPicture> picture;
  std::string reason, detail;  // as in quarantine.jsonl; of a picture that can be used empty
};

// `mirrored`: left and right exchanged. An Error is the machine's, or that of a damaged artifact.
// From any thread.
Result<ReadPicture> read_detector_picture(const std::filesystem::path& records,
                                          const ImageRecord& image,
                                          const trainer::DetectorRules& rules,
                                          bool mirrored = false);

}  // namespace unimo::stages
