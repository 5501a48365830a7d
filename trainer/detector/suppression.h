// Greedy non-maximum suppression: of boxes that overlap too much only the best stays.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/detector/box.h"

namespace unimo::trainer {

// Numbers of the boxes that stay, the best first. Caffe suppresses at an overlap of `threshold` and
// counts corners as inclusive, detectron2 (torchvision's nms) suppresses above it. Equal scores:
// the lower number is better. `scores` are finite. Ends early once `most` have been kept.
std::vector<std::uint32_t> suppress(std::span<const Box> boxes, std::span<const float> scores,
                                    double threshold, DetectorKind kind,
                                    std::size_t most = SIZE_MAX);

// Numbers of all scores, the best first, equal ones by number.
std::vector<std::uint32_t> best_first(std::span<const float> scores);
// The first `most` of them.
std::vector<std::uint32_t> best_first(std::span<const float> scores, std::size_t most);

}  // namespace unimo::trainer
