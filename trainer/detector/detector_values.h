// The numbers of a detector between a weight file and the network: read by name, and turned from
// one kind's layout into the other's.
//
//   const WeightSource source = UNIMO_TRY(open_weights(path));
//   const auto values = UNIMO_TRY(read_detector(source.file, {.kind = DetectorKind::kCaffe}));
//   Detector detector(values);
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/detector.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

struct DetectorValues {
  DetectorSizes sizes;
  std::map<std::string, std::vector<float>> tensors;  // by the names of detector_tensors(sizes)
};

struct DetectorReading {
  std::optional<DetectorKind> kind;    // to be turned into; none: as stored
  std::optional<DetectorSizes> sizes;  // that the file must have, kind apart; none: whatever it has
  bool partial = false;                // missing and unexpected tensors are fine
};

// Reads every tensor (checked: finite, and whole where the file says how). kInvalid when the file
// holds no detector, or names every missing, unexpected and mis-shaped tensor. With `partial` the
// values of missing tensors are absent.
Result<DetectorValues> read_detector(const WeightFile& file, const DetectorReading& how = {});

// The same detector in the other kind's layout:
//   anchors         re-ordered, and those of the other kind
//   objectness      Caffe has background and object, detectron2 their difference
//   classes         background first in Caffe, last in detectron2; also in the class embedding
//   box rows        Caffe has four for background
//   attributes      "none" first in Caffe, last in detectron2
// What only Caffe has is 0 when it comes from detectron2. Where `scale_boxes`, box rows are times
// 10, 10, 5, 5 (detectron2 divides them by these) or their inverse. kInvalid when there are other
// than the twelve published anchors.
Result<DetectorValues> in_other_kind(DetectorValues values, bool scale_boxes = true);

}  // namespace unimo::trainer
