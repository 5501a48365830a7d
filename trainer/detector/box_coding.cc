#include "trainer/detector/box_coding.h"

namespace unimo::trainer {

namespace {

constexpr float kCaffeLimit = 50.0F;
const float kDetectron2Limit = std::log(1000.0F / 16.0F);

// std::clamp lets a NaN through.
float between_edges(float value, float high) { return std::fmax(0.0F, std::fmin(value, high)); }

}  // namespace

Box decode_box(const Box& box, const BoxDelta& delta, DetectorKind kind) {
  const float extra = side_extra(kind);
  const float limit = kind == DetectorKind::kCaffe ? kCaffeLimit : kDetectron2Limit;
  const float width = box.x2 - box.x1 + extra;
  const float height = box.y2 - box.y1 + extra;
  const float centre_x = delta.dx * width + (box.x1 + 0.5F * width);
  const float centre_y = delta.dy * height + (box.y1 + 0.5F * height);
  const float half_width = 0.5F * (std::exp(std::min(delta.dw, limit)) * width);
  const float half_height = 0.5F * (std::exp(std::min(delta.dh, limit)) * height);
  return {centre_x - half_width, centre_y - half_height, centre_x + half_width,
          centre_y + half_height};
}

BoxDelta encode_box(const Box& box, const Box& wanted, DetectorKind kind) {
  const float extra = side_extra(kind);
  const float width = box.x2 - box.x1 + extra, height = box.y2 - box.y1 + extra;
  const float wanted_width = wanted.x2 - wanted.x1 + extra;
  const float wanted_height = wanted.y2 - wanted.y1 + extra;
  const float dx = (wanted.x1 + 0.5F * wanted_width) - (box.x1 + 0.5F * width);
  const float dy = (wanted.y1 + 0.5F * wanted_height) - (box.y1 + 0.5F * height);
  return {dx / width, dy / height, std::log(wanted_width / width),
          std::log(wanted_height / height)};
}

Box clip_box(const Box& box, const PictureSize& size, DetectorKind kind) {
  const float right = static_cast<float>(size.width) - side_extra(kind);
  const float bottom = static_cast<float>(size.height) - side_extra(kind);
  return {between_edges(box.x1, right), between_edges(box.y1, bottom), between_edges(box.x2, right),
          between_edges(box.y2, bottom)};
}

Box moved_box(const Box& proposal, std::span<const float, 4> delta, const PictureSize& size,
              const DetectorRules& rules) {
  const bool is_scaled = rules.kind() == DetectorKind::kDetectron2 && rules.scaled_deltas;
  const DeltaWeights w = is_scaled ? kDetectron2HeadWeights : DeltaWeights{};
  const BoxDelta unscaled{delta[0] / w.x, delta[1] / w.y, delta[2] / w.w, delta[3] / w.h};
  return clip_box(decode_box(proposal, unscaled, rules.kind()), size, rules.kind());
}

bool is_large_enough(const Box& box, float min_side, DetectorKind kind) {
  const float extra = side_extra(kind);
  const float width = box.x2 - box.x1 + extra, height = box.y2 - box.y1 + extra;
  if (kind == DetectorKind::kCaffe) return width >= min_side && height >= min_side;
  return width > min_side && height > min_side;
}

}  // namespace unimo::trainer
