// Caffe's choice of regions as it is written: one whole suppression for each class.
#pragma once

#include <algorithm>
#include <vector>

#include "trainer/detector/region_choice.h"
#include "trainer/detector/suppression.h"

namespace unimo::trainer {

inline std::vector<float> plain_confidence(std::span<const Box> boxes, const ClassTable& table,
                                           double overlap) {
  std::vector<float> confidence(boxes.size(), 0.0F), scores(boxes.size());
  for (std::size_t column = 1; column < table.columns; ++column) {
    for (std::size_t r = 0; r < boxes.size(); ++r) scores[r] = table.row(r)[column];
    for (const std::uint32_t kept : suppress(boxes, scores, overlap, DetectorKind::kCaffe))
      confidence[kept] = std::max(confidence[kept], scores[kept]);
  }
  return confidence;
}

}  // namespace unimo::trainer
