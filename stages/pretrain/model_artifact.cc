#include "stages/pretrain/model_artifact.h"

#include "orchestrator/base/file.h"
#include "trainer/model/device_ops.h"
#include "trainer/model/weights.h"
#include "trainer/objectives/match.h"

namespace unimo::stages {
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
                                                   const trainer::DeviceConfig& device,
                                                   const TaskHead& head) {
  const trainer::Precision chosen = trainer::choose_precision(precision, device);
  UNIMO_TRY(check_device(info.model, chosen, device));
  auto extra = trainer::match_parameters(info.match);
  extra.insert(extra.end(), head.parameters.begin(), head.parameters.end());
  auto model = std::make_unique<trainer::Unimo>(info.model, head.seed, chosen, extra, device);
  // Where the checkpoint has no temperature, it starts as it would in a fresh model.
  trainer::start_temperature(*model, info.match);
  UNIMO_TRY(trainer::load_weights(artifact / "model.safetensors", model->parameters()));
  return model;
}

Status write_model_artifact(const std::filesystem::path& folder, const ModelInfo& info,
                            const trainer::Unimo& model, const trainer::Tokenizer& tokenizer) {
  UNIMO_TRY(trainer::save_weights(folder / "model.safetensors", model.parameters()));
  UNIMO_TRY(write_model_info(folder, info));
  UNIMO_TRY(make_directories(folder / "tokenizer"));
  return tokenizer.save(folder / "tokenizer");
}

}  // namespace unimo::stages
