// `unimo weights show`: what lies in a file or folder with weights, what this project makes of it,
// and what is wrong.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "trainer/config/detector.h"
#include "trainer/config/model.h"
#include "trainer/weights/weight_source.h"

namespace unimo::stages {

struct ShownTensor {
  std::string name;
  std::string type;  // "F32"
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = 0;
  std::string
      parameter;  // of the model, by UNIMO's name or the detector's; empty: it has no place for it
};

struct ShownWeights {
  std::filesystem::path path;
  std::string format;  // "torch archive"
  trainer::WeightNames names = trainer::WeightNames::kUnknown;
  std::optional<trainer::ModelConfig> sizes;       // when they are known
  std::optional<trainer::DetectorSizes> detector;  // of a region detector, as stored
  std::string detector_format;                     // whose names it has: "Caffe"
  std::vector<ShownTensor> tensors;                // by name
  std::vector<std::string> new_parts;  // parameters of the text part that would be random
  std::vector<std::string> mistakes;

  std::int64_t values() const;
  std::uint64_t bytes() const;
};

// An Error when the container cannot be read; what is wrong with the model is among the mistakes.
// Reads every value: a number that is not finite is a mistake.
Result<ShownWeights> look_at_weights(const std::filesystem::path& path);

std::string to_text(const ShownWeights& shown);
Json to_json(const ShownWeights& shown);

}  // namespace unimo::stages
