#include "stages/weights/model_info.h"

#include "orchestrator/base/fields.h"
#include "orchestrator/base/json.h"

namespace unimo::stages {
namespace {

constexpr int kVersion = 2;  // 2: match.temperature, tags

// The parts of model.json that are settings.
struct Settings {
  trainer::ModelConfig model;
  trainer::MatchConfig match;
  trainer::ObjectTagsConfig tags;
};
template <class V>
void visit(V& v, Settings& c) {
  v.field("model", c.model, "sizes");
  v.field("match", c.match, "match scores");
  v.field("tags", c.tags, "names of detected objects");
}

}  // namespace

Result<ModelInfo> read_model_info(const std::filesystem::path& artifact) {
  const auto path = artifact / "model.json";
  const Json document = UNIMO_TRY(read_json(path));
  const auto text = [&document](const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_string() ? found->get<std::string>()
                                                         : std::string();
  };
  if (!document.is_object() || text("format") != "unimo.checkpoint" ||
      document.value("version", 0) != kVersion) {
    return fail(ErrorCode::kInvalid,
                "{}: not a unimo.checkpoint document of version {}; give a checkpoint artifact",
                path.string(), kVersion);
  }
  Json settings = Json::object();
  for (const char* key : {"model", "match", "tags"}) {
    if (document.contains(key)) settings[key] = document[key];
  }
  const auto read = UNIMO_TRY(read_fields<Settings>(settings, path.string()));
  if (const std::string mistake = trainer::model_config_mistake(read.model); !mistake.empty()) {
    return fail(ErrorCode::kInvalid, "{}: model: {}", path.string(), mistake);
  }
  return ModelInfo{.model = read.model,
                   .task = text("task"),
                   .match = read.match,
                   .tags = read.tags,
                   .tokenizer_digest = text("tokenizer_digest")};
}

Status write_model_info(const std::filesystem::path& artifact, const ModelInfo& info) {
  Json document =
      write_fields(Settings{.model = info.model, .match = info.match, .tags = info.tags});
  document["format"] = "unimo.checkpoint";
  document["version"] = kVersion;
  document["task"] = info.task;
  document["tokenizer_digest"] = info.tokenizer_digest;
  return write_json(artifact / "model.json", document);
}

}  // namespace unimo::stages
