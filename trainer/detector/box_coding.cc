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

Box clip_box(const Box& box, const PictureSize& size, DetectorKind kind) {
  const float right = static_cast<float>(size.width) - side_extra(kind);
  const float bottom = static_cast<float>(size.height) - side_extra(kind);
  return {between_edges(box.x1, right), between_edges(box.y1, bottom), between_edges(box.x2, right),
          between_edges(box.y2, bottom)};
}

bool is_large_enough(const Box& box, float min_side, DetectorKind kind) {
  const float extra = side_extra(kind);
  const float width = box.x2 - box.x1 + extra, height = box.y2 - box.y1 + extra;
  if (kind == DetectorKind::kCaffe) return width >= min_side && height >= min_side;
  return width > min_side && height > min_side;
}

}  // namespace unimo::trainer
