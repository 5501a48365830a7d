// The tensors of the region detector (trainer/config/detector.h): names, shapes, and what each is.
//
// Names are those of detectron2 and Hugging Face ("backbone.res4.22.conv2.weight",
// "roi_heads.box_predictor.cls_score.bias"). Tensor-free; trainer/detector computes with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/config/detector.h"

namespace unimo::trainer {

enum class DetectorPart {
  kConvolution,  // [out, in, side, side], followed by a norm
  kNormWeight,  // [out]: γ of y = γ (x − μ) / √(σ² + 1e-5) + β; all four are fixed in training
  kNormBias,      // β
  kNormMean,      // μ
  kNormVariance,  // σ²
  kWeight,        // of proposal network, heads and class embedding
  kBias,
  kAnchors,  // [anchors, 4]: the boxes around the first cell
};

struct DetectorTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  DetectorPart part = DetectorPart::kWeight;
};

// In the order of the network. Caffe's kind scores an anchor twice (background, object) and has box
// rows of background; detectron2's has neither.
std::vector<DetectorTensor> detector_tensors(const DetectorSizes& sizes);

inline constexpr std::string_view kCellAnchors =
    "proposal_generator.anchor_generator.cell_anchors.0";

// "backbone.res4.3", and "roi_heads.res5.0" for the last stage (3).
std::string detector_block(int stage, int block);

}  // namespace unimo::trainer
