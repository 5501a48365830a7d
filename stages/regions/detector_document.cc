#include "stages/regions/detector_document.h"

#include "orchestrator/base/json.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "detector.json";
constexpr int kVersion = 1;

}  // namespace

Status write_detector_document(const fs::path& folder, const DetectorDocument& document) {
  return write_json(folder / kFile, {{"format", "unimo.detector"},
                                     {"version", kVersion},
                                     {"rules", write_fields(document.rules)},
                                     {"training", write_fields(document.training)}});
}

Result<std::optional<DetectorDocument>> read_detector_document(const fs::path& weights) {
  const fs::path file = weights / kFile;
  if (!fs::is_regular_file(file)) return std::optional<DetectorDocument>();
  const Json json = UNIMO_TRY(read_json(file));
  if (!json.is_object() || json.value("format", "") != "unimo.detector" ||
      json.value("version", 0) != kVersion) {
    return fail(ErrorCode::kInvalid, "{}: not the document of a detector of version {}",
                file.string(), kVersion);
  }
  DetectorDocument document;
  document.rules = UNIMO_TRY(
      read_fields<trainer::DetectorRules>(json.value("rules", Json::object()), file.string()));
  document.training = UNIMO_TRY(read_fields<trainer::DetectorTraining>(
      json.value("training", Json::object()), file.string()));
  return std::optional(document);
}

Status warn_of_other_rules(const fs::path& weights, const trainer::DetectorRules& rules,
                           EventWriter& events) {
  const auto document = UNIMO_TRY(read_detector_document(weights));
  if (!document) return ok();
  const trainer::DetectorRules& own = document->rules;
  if (own.short_side == rules.short_side && own.long_side == rules.long_side &&
      own.bins == rules.bins)
    return ok();
  events.note(
      "warning",
      fmt::format("the detector learned from pictures of {} to {} pixels and {} bins, these "
                  "are of {} to {} and {}: give rules.short_side, rules.long_side and "
                  "rules.bins as in its training",
                  own.short_side, own.long_side, own.bins, rules.short_side, rules.long_side,
                  rules.bins));
  return ok();
}

}  // namespace unimo::stages
