#include "stages/pretrain/model_artifact.h"

#include "orchestrator/base/fields.h"
#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "trainer/model/device_ops.h"
#include "trainer/model/weights.h"

namespace unimo::stages {
namespace {

constexpr int kVersion = 1;

// The parts of model.json that are settings.
struct Settings {
  trainer::ModelConfig model;
  trainer::MatchConfig match;
};
template <class V>
void visit(V& v, Settings& c) {
  v.field("model", c.model, "sizes");
  v.field("match", c.match, "match scores");
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
  for (const char* key : {"model", "match"}) {
    if (document.contains(key)) settings[key] = document[key];
  }
  const auto read = UNIMO_TRY(read_fields<Settings>(settings, path.string()));
  if (const std::string mistake = trainer::model_config_mistake(read.model); !mistake.empty()) {
    return fail(ErrorCode::kInvalid, "{}: model: {}", path.string(), mistake);
  }
  return ModelInfo{.model = read.model,
                   .task = text("task"),
                   .match = read.match,
                   .tokenizer_digest = text("tokenizer_digest")};
}

Status check_model_fits(const ModelInfo& info, const trainer::PackReader& pack,
                        const std::filesystem::path& artifact) {
  if (info.tokenizer_digest != pack.tokenizer().digest()) {
    return fail(ErrorCode::kInvalid,
                "{}: the model speaks the vocabulary {:.12}, the pack {:.12}; pack with the "
                "tokenizer of the checkpoint "
                "or train anew",
                artifact.string(), info.tokenizer_digest, pack.tokenizer().digest());
  }
  const int size = static_cast<int>(pack.info().feature_size);
  if (size > 0 && info.model.feature_size != size) {
    return fail(ErrorCode::kInvalid,
                "{}: the model sees features of {} numbers, the pack has {}; use the same regions",
                artifact.string(), info.model.feature_size, size);
  }
  return ok();
}

Status check_device(const trainer::ModelConfig& model, trainer::Precision precision,
                    const trainer::DeviceConfig& device) {
  const std::string mistake = trainer::device_mistake(device, model, precision);
  if (mistake.empty()) return ok();
  return fail(ErrorCode::kInvalid, "{}", mistake);
}

Result<std::unique_ptr<trainer::Unimo>> load_model(const std::filesystem::path& artifact,
                                                   const ModelInfo& info,
                                                   const std::string& precision,
                                                   const trainer::DeviceConfig& device) {
  const trainer::Precision chosen = trainer::choose_precision(precision, device);
  UNIMO_TRY(check_device(info.model, chosen, device));
  auto model = std::make_unique<trainer::Unimo>(info.model, 0, chosen,
                                                std::vector<trainer::ParameterSpec>{}, device);
  UNIMO_TRY(trainer::load_weights(artifact / "model.safetensors", model->parameters()));
  return model;
}

Status write_model_artifact(const std::filesystem::path& folder, const ModelInfo& info,
                            const trainer::Unimo& model, const trainer::Tokenizer& tokenizer) {
  UNIMO_TRY(trainer::save_weights(folder / "model.safetensors", model.parameters()));
  Json document = write_fields(Settings{.model = info.model, .match = info.match});
  document["format"] = "unimo.checkpoint";
  document["version"] = kVersion;
  document["task"] = info.task;
  document["tokenizer_digest"] = info.tokenizer_digest;
  UNIMO_TRY(write_json(folder / "model.json", document));
  UNIMO_TRY(make_directories(folder / "tokenizer"));
  return tokenizer.save(folder / "tokenizer");
}

}  // namespace unimo::stages
