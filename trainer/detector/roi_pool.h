// Maximum pooling of regions of interest (Girshick 2015, section 2.1): the part of a feature map
// under a box becomes a map of fixed size.
//
// Corners are scaled and rounded, halves away from zero; a box covers at least one cell. Bin i of n
// covers the cells from floor(i · side / n) to ceil((i + 1) · side / n), clipped to the map; an
// empty bin gives 0. The side of a bin is a single-precision number, as in Caffe's
// roi_pooling_layer.cpp and torchvision's roi_pool. Of equal cells the first counts. Maps are
// [rows, columns, channels]: channels are what vector registers are filled with.
#pragma once

#include <cstdint>
#include <span>

#include "trainer/detector/box.h"

namespace unimo::trainer {

struct MapShape {
  int rows = 0, columns = 0, channels = 0;
};

struct RoiPooling {
  MapShape map;
  int bins = 14;            // to a side
  float scale = 1.0F / 16;  // of box coordinates to cells
  int threads = 1;          // the result does not depend on it
};

// `map` is [rows, columns, channels], `out` [boxes, bins, bins, channels].
void roi_max_pool(std::span<const float> map, std::span<const Box> boxes, const RoiPooling& how,
                  std::span<float> out);

// For training: where in `map` each maximum stands, [boxes, bins, bins, channels]; -1 for an empty
// bin.
void roi_max_places(std::span<const float> map, std::span<const Box> boxes, const RoiPooling& how,
                    std::span<std::int64_t> out);

}  // namespace unimo::trainer
