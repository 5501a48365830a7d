// Which regions of an image are hidden: random anchors and all that overlap them. Numbers only; the
// losses are in losses.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/config/objectives.h"
#include "trainer/data/random.h"

namespace unimo::trainer {

// Intersection over union of two boxes x1, y1, x2, y2; 0 for boxes without area.
double box_overlap(const float* a, const float* b);

// Numbers of the hidden regions, ascending. `boxes` holds 4 numbers a region. Anchors are drawn
// until about `share` of the regions is hidden; never more than `cap`, and one region always stays
// to be seen. One region alone gives nothing to predict it from: no region is hidden.
std::vector<std::int32_t> plan_masked_regions(std::span<const float> boxes,
                                              const MaskedRegionsConfig& config, Random& draws);

// The mean feature of the regions that are seen: what [IMG] is. `features` is [n, size], row by
// row. With the hidden ones in it, [IMG] would tell what is to be predicted.
void mean_of_visible(std::span<const float> features, std::span<const std::int32_t> hidden,
                     std::span<float> mean);

}  // namespace unimo::trainer
