// From what the network says about a box to the box: decoding, clipping, and which are too small.
#pragma once

#include <span>

#include "trainer/detector/box.h"

namespace unimo::trainer {

// How far the network moves and stretches a box, in units of its sides: x, y, log width, log
// height.
struct BoxDelta {
  float dx = 0, dy = 0, dw = 0, dh = 0;
};

// Weights that deltas are divided by (detectron2's BBOX_REG_WEIGHTS: 10, 10, 5, 5 for the box
// head). Caffe folds them into its weights when it writes a snapshot: 1, 1, 1, 1.
struct DeltaWeights {
  float x = 1, y = 1, w = 1, h = 1;
};
inline constexpr DeltaWeights kDetectron2HeadWeights = {10, 10, 5, 5};

// centre' = d · side + centre, side' = exp(d) · side, corners = centre' ∓ side' / 2 (Girshick et
// al. 2014, appendix C). Caffe's sides are x2 − x1 + 1 and its far corners are not moved back by 1.
// Log sides above log(1000 / 16) count as that in detectron2; Caffe has no such limit, here it is
// 50, past any picture, so that nothing overflows.
Box decode_box(const Box& box, const BoxDelta& delta, DetectorKind kind);

// The delta that leads from `box` to `wanted`: what training asks the network for. Both have sides
// above 0 by the kind's convention. In Caffe's, decoding it gives a far corner that is 1 further.
BoxDelta encode_box(const Box& box, const Box& wanted, DetectorKind kind);

struct PictureSize {
  int width = 0, height = 0;  // pixels, as resized
};

// Into [0, W − 1] × [0, H − 1] in Caffe, [0, W] × [0, H] in detectron2. What is not a number
// becomes 0.
Box clip_box(const Box& box, const PictureSize& size, DetectorKind kind);

// A proposal moved by what the box head says of one class, clipped: deltas as they are in Caffe, by
// rules.scaled_deltas in detectron2.
Box moved_box(const Box& proposal, std::span<const float, 4> delta, const PictureSize& size,
              const DetectorRules& rules);

// Both sides at least `min_side` pixels; in detectron2 they must also be longer than it.
bool is_large_enough(const Box& box, float min_side, DetectorKind kind);

}  // namespace unimo::trainer
