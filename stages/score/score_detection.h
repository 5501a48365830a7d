// Detections to COCO's twelve numbers and VOC's mean average precision at an overlap of 0.5.
#pragma once

#include "stages/score/detection_files.h"
#include "stages/score/scored.h"

namespace unimo::stages {

// Metrics in percent: ap, ap50, ap75, ap_small, …, ar1, ar10, ar100, …; voc_map (all recalls),
// voc07_map (eleven), voc_weighted_map (by the numbers of objects). One item a class.
Scored score_detection(const DetectionFiles& files);

}  // namespace unimo::stages
