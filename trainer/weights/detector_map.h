// Published detectors on the disk: whose names the tensors have, what sizes the detector has, and
// which tensor of the file gives which of ours. Tensor-free.
//
//   const DetectorMap map = map_detector(file);
//   if (const auto status = check_complete(map, file); !status) …
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/weights/detector_tensors.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

enum class DetectorFormat {
  kDetectron2,  // Hugging Face's unc-nlp/frcnn-vg-finetuned, airsplay's checkpoints, and this
                // project's own
  kMilvlg,      // MILVLG/bottom-up-attention.pytorch: other names in the predictor
  kCaffe,       // peteanderson80/bottom-up-attention: the layers of a .caffemodel
};
std::string_view to_string(DetectorFormat format);

// Nothing when the names are not a detector's.
std::optional<DetectorFormat> detector_format(const WeightFile& file);

// What the file calls a tensor of ours; empty where it has none. A norm's mean and variance in
// Caffe are to be divided by a third number, `divisor`.
struct DetectorName {
  std::string tensor;
  std::string divisor;
};
DetectorName name_in(DetectorFormat format, const std::string& name);

struct DetectorMap {
  struct Pair {
    DetectorTensor tensor;  // ours, in the layout of the file
    DetectorName source;
  };
  DetectorFormat format = DetectorFormat::kDetectron2;
  DetectorSizes sizes;  // as stored: from the shapes of a few tensors
  std::vector<Pair> pairs;
  std::vector<std::string> missing;     // the file's names, of ours that it lacks
  std::vector<std::string> unexpected;  // of the file, without a place
  std::vector<std::string> mistakes;    // wrong shape or type: a whole message each
};

// Of a file for which detector_format gives something. With `sizes`, shapes are held against them
// instead of what the file's own tensors say. Counters of batches that a norm has seen say nothing
// new and are passed over; anchors may be missing, they then are the published ones.
DetectorMap map_detector(const WeightFile& file,
                         const std::optional<DetectorSizes>& sizes = std::nullopt);

// kInvalid, naming every missing, unexpected and mis-shaped tensor at once. With `partial`, missing
// and unexpected ones are fine.
Status check_complete(const DetectorMap& map, const WeightFile& file, bool partial = false);

}  // namespace unimo::trainer
