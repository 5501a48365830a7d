// detector.json: how a detector of this project was trained, beside its weights and names
// (docs/formats.md, Detector).
#pragma once

#include <filesystem>
#include <optional>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/event.h"
#include "trainer/config/detector_training.h"

namespace unimo::stages {

struct DetectorDocument {
  trainer::DetectorRules rules;
  trainer::DetectorTraining training;
};

Status write_detector_document(const std::filesystem::path& folder,
                               const DetectorDocument& document);
// Nothing for weights that come from elsewhere.
Result<std::optional<DetectorDocument>> read_detector_document(
    const std::filesystem::path& weights);

// A detector that sees pictures in another size than those it learned from, or pools regions to
// another, finds less: notes a warning where `rules` differ in these from the detector's document.
Status warn_of_other_rules(const std::filesystem::path& weights,
                           const trainer::DetectorRules& rules, EventWriter& events);

}  // namespace unimo::stages
