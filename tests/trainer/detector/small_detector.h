// A detector that computes in milliseconds, and its numbers in the files of the three makers.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/base/file.h"
#include "tests/trainer/weights/protocol_writer.h"
#include "trainer/data/random.h"
#include "trainer/detector/drawn_detector.h"
#include "trainer/weights/detector_map.h"
#include "trainer/weights/safetensors.h"

namespace unimo::trainer {

inline DetectorSizes small_sizes(DetectorKind kind) {
  return {.kind = kind,
          .blocks = {1, 2, 3, 2},
          .stem = 8,
          .width = 4,
          .proposal_hidden = 16,
          .classes = 7,
          .attributes = 5,
          .embedding = 6,
          .attribute_hidden = 10};
}

// With norms and biases that a mistake would show in. The first norm brings the contrast of
// pictures down to about 1, so that proposals stay near their anchors.
inline DetectorValues small_detector(DetectorKind kind, std::uint64_t seed = 1) {
  DetectorValues values = drawn_detector(small_sizes(kind), seed);
  for (const DetectorTensor& tensor : detector_tensors(values.sizes)) {
    const bool is_drawn = tensor.part == DetectorPart::kAnchors ||
                          tensor.part == DetectorPart::kConvolution ||
                          tensor.part == DetectorPart::kWeight;
    if (is_drawn) continue;
    Random random({.seed = seed, .stream = stream_of("small " + tensor.name)});
    for (float& value : values.tensors.at(tensor.name)) {
      const auto draw = static_cast<float>(random.uniform());
      value = tensor.part == DetectorPart::kNormVariance || tensor.part == DetectorPart::kNormWeight
                  ? 0.5F + draw
                  : 0.5F * (draw - 0.5F);
    }
  }
  constexpr float kContrast = 64;
  for (float& value : values.tensors.at("backbone.stem.conv1.norm.weight")) value /= kContrast;
  return values;
}

// Under the names of detectron2 or MILVLG, but for `without`.
inline void write_detector(const std::filesystem::path& path, const DetectorValues& values,
                           DetectorFormat format = DetectorFormat::kDetectron2,
                           std::string_view without = {}) {
  std::vector<FloatTensor> tensors;
  for (const DetectorTensor& tensor : detector_tensors(values.sizes)) {
    if (tensor.name == without) continue;
    tensors.push_back(
        {name_in(format, tensor.name).tensor, tensor.shape, values.tensors.at(tensor.name)});
  }
  UNIMO_CHECK(write_safetensors(path, tensors, {}).has_value(), "{}", path.string());
}

// As layers of a net. Means and variances stand there times `factor`.
inline void write_caffe_detector(const std::filesystem::path& path, const DetectorValues& values,
                                 float factor) {
  std::map<std::string, std::map<int, WrittenBlob>> layers;
  for (const DetectorTensor& tensor : detector_tensors(values.sizes)) {
    const DetectorName name = name_in(DetectorFormat::kCaffe, tensor.name);
    if (name.tensor.empty()) continue;
    WrittenBlob blob{tensor.shape, values.tensors.at(tensor.name)};
    const auto at = [&](const std::string& place) -> WrittenBlob& {
      const std::size_t slash = place.rfind('/');
      return layers[place.substr(0, slash)][std::stoi(place.substr(slash + 1))];
    };
    if (!name.divisor.empty()) {
      for (float& value : blob.values) value *= factor;
      at(name.divisor) = {{1}, {factor}};
    }
    at(name.tensor) = blob;
  }
  std::string net;
  for (const auto& [name, blobs] : layers) {
    std::vector<WrittenBlob> list;
    for (const auto& [number, blob] : blobs) list.push_back(blob);
    net += layer_bytes(name, list);
  }
  UNIMO_CHECK(write_file(path, net).has_value(), "{}", path.string());
}

}  // namespace unimo::trainer
