#include "trainer/detector/drawn_detector.h"

#include <cmath>
#include <thread>

#include "orchestrator/base/in_parallel.h"
#include "trainer/data/random.h"
#include "trainer/detector/anchors.h"
#include "trainer/weights/detector_tensors.h"

namespace unimo::trainer {

namespace {

constexpr float kLastNorm = 0.25F;

double deviation_of(const DetectorTensor& tensor) {
  if (tensor.part == DetectorPart::kConvolution) {
    const auto out = static_cast<double>(tensor.shape[0] * tensor.shape[2] * tensor.shape[3]);
    return std::sqrt(2 / out);
  }
  const bool moves_boxes = tensor.name.find("bbox_pred") != std::string::npos;
  return moves_boxes ? 0.001 : 0.01;
}

void draw(const DetectorTensor& tensor, std::uint64_t seed, std::span<float> out) {
  Random random({.seed = seed, .stream = stream_of(tensor.name)});
  const double deviation = deviation_of(tensor);
  for (float& value : out) value = static_cast<float>(deviation * random.normal());
}

void fill(const DetectorTensor& tensor, std::uint64_t seed, std::span<float> out) {
  const bool is_last = tensor.name.ends_with(".conv3.norm.weight");
  switch (tensor.part) {
    case DetectorPart::kConvolution:
    case DetectorPart::kWeight: return draw(tensor, seed, out);
    case DetectorPart::kNormWeight:
      return static_cast<void>(std::ranges::fill(out, is_last ? kLastNorm : 1.0F));
    case DetectorPart::kNormVariance: return static_cast<void>(std::ranges::fill(out, 1.0F));
    default: return static_cast<void>(std::ranges::fill(out, 0.0F));
  }
}

// The published anchors; of a detector with another number of them the first ones, over and over.
void fill_anchors(DetectorKind kind, std::span<float> out) {
  const std::vector<Box> published = published_anchors(kind);
  for (std::size_t i = 0; i + 3 < out.size(); i += 4) {
    const Box& box = published[i / 4 % published.size()];
    out[i] = box.x1;
    out[i + 1] = box.y1;
    out[i + 2] = box.x2;
    out[i + 3] = box.y2;
  }
}

}  // namespace

DetectorValues drawn_detector(const DetectorSizes& sizes, std::uint64_t seed) {
  DetectorValues values{.sizes = sizes};
  const std::vector<DetectorTensor> tensors = detector_tensors(sizes);
  std::vector<std::span<float>> outs;
  for (const DetectorTensor& tensor : tensors) {
    std::size_t count = 1;
    for (const std::int64_t side : tensor.shape) count *= static_cast<std::size_t>(side);
    outs.emplace_back(values.tensors[tensor.name] = std::vector<float>(count));
  }
  const auto threads = static_cast<int>(std::thread::hardware_concurrency());
  in_parallel(tensors.size(), threads, [&](std::size_t i) {
    if (tensors[i].part == DetectorPart::kAnchors) return fill_anchors(sizes.kind, outs[i]);
    fill(tensors[i], seed, outs[i]);
  });
  return values;
}

}  // namespace unimo::trainer
