#include "trainer/detector/anchors.h"

#include <cmath>

namespace unimo::trainer {

namespace {

constexpr double kBaseSide = 16;
constexpr std::array<double, 3> kRatios = {0.5, 1, 2};
constexpr std::array<double, 4> kScales = {4, 8, 16, 32};
constexpr std::array<double, 4> kSizes = {64, 128, 256, 512};

// Inclusive pixels: a window of width 1 begins and ends at its centre.
Box centred(double centre_x, double centre_y, double width, double height) {
  return {static_cast<float>(centre_x - 0.5 * (width - 1)),
          static_cast<float>(centre_y - 0.5 * (height - 1)),
          static_cast<float>(centre_x + 0.5 * (width - 1)),
          static_cast<float>(centre_y + 0.5 * (height - 1))};
}

}  // namespace

std::vector<Box> caffe_anchors(std::span<const double> ratios, std::span<const double> scales) {
  std::vector<Box> anchors;
  const double centre = 0.5 * (kBaseSide - 1);
  for (const double ratio : ratios) {
    // NumPy rounds halves to the even number, as nearbyint does.
    const double width = std::nearbyint(std::sqrt(kBaseSide * kBaseSide / ratio));
    const double height = std::nearbyint(width * ratio);
    for (const double scale : scales)
      anchors.push_back(centred(centre, centre, width * scale, height * scale));
  }
  return anchors;
}

std::vector<Box> detectron2_anchors(std::span<const double> sizes, std::span<const double> ratios) {
  std::vector<Box> anchors;
  for (const double size : sizes) {
    for (const double ratio : ratios) {
      const double width = std::sqrt(size * size / ratio);
      const double height = ratio * width;
      anchors.push_back({static_cast<float>(-width / 2), static_cast<float>(-height / 2),
                         static_cast<float>(width / 2), static_cast<float>(height / 2)});
    }
  }
  return anchors;
}

std::vector<Box> published_anchors(DetectorKind kind) {
  return kind == DetectorKind::kCaffe ? caffe_anchors(kRatios, kScales)
                                      : detectron2_anchors(kSizes, kRatios);
}

int anchor_of_other_kind(int anchor, DetectorKind kind) {
  const int ratios = static_cast<int>(kRatios.size());
  const int sizes = static_cast<int>(kSizes.size());
  const int inner = kind == DetectorKind::kCaffe ? sizes : ratios;
  const int outer = kind == DetectorKind::kCaffe ? ratios : sizes;
  return anchor % inner * outer + anchor / inner;
}

}  // namespace unimo::trainer
