// A detector that learns in milliseconds, and a picture for it.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cmath>

#include "tests/trainer/detector/small_detector.h"
#include "trainer/detector_training/detector_loss.h"

namespace unimo::trainer {

inline DetectorLossRules small_rules(DetectorKind kind) {
  DetectorLossRules how;
  how.training.shape = {.blocks = {1, 1, 1, 1},
                        .stem = 4,
                        .width = 2,
                        .proposal_hidden = 6,
                        .ratios = {0.5, 1},
                        .scales = {1, 2},
                        .embedding = 3,
                        .attribute_hidden = 5};
  how.training.images = 2;
  how.training.proposals = {.anchors = 24, .scored_proposals = 200, .proposals = 60};
  how.training.regions = {.regions = 12};
  how.rules.behaviour = std::string(kind == DetectorKind::kCaffe ? kCaffeName : kDetectron2Name);
  how.rules.short_side = 80;
  how.rules.long_side = 160;
  how.rules.min_size = 4;
  how.rules.bins = 4;
  return how;
}

inline constexpr int kSmallClasses = 3, kSmallAttributes = 4;

inline DetectorValues small_start(const DetectorLossRules& how, std::uint64_t seed = 5) {
  const auto sizes =
      sizes_of(how.training.shape, how.rules.kind(), kSmallClasses, kSmallAttributes);
  return fresh_detector(sizes, how.training.shape, seed);
}

// Blocks of colour on a gradient, 96 × 80.
inline DetectorPicture small_picture(std::uint64_t number = 0) {
  DetectorPicture picture{
      .plan = {.scale = 1, .width = 96, .height = 80}, .width = 96, .height = 80};
  picture.pixels = at::empty({1, 3, 80, 96}, at::kFloat);
  float* out = picture.pixels.mutable_data_ptr<float>();
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 80; ++y) {
      for (int x = 0; x < 96; ++x) {
        const bool inside = x >= 12 && x < 50 && y >= 20 && y < 60;
        *out++ = static_cast<float>(inside ? 90 - 60 * c : x - y + 10 * c) +
                 static_cast<float>(number % 7);
      }
    }
  }
  return picture;
}

inline DetectorSample small_sample(DetectorKind kind, std::uint64_t number = 0) {
  const float extra = side_extra(kind);
  return {.picture = small_picture(number),
          .objects = {{.box = {12, 20, 50 - extra, 60 - extra}, .label = 1, .attributes = {2}},
                      {.box = {60, 30, 90 - extra, 70 - extra}, .label = 0, .attributes = {}}},
          .key = {.seed = 9, .stream = stream_of("small sample"), .sample = number}};
}

}  // namespace unimo::trainer
