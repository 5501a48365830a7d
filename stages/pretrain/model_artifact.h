// A trained model as an artifact ("Checkpoint" of docs/formats.md): model.safetensors, model.json,
// tokenizer/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/weights/model_info.h"
#include "trainer/data/pack.h"
#include "trainer/model/unimo.h"

namespace unimo::stages {

// kInvalid, naming both sides, when the model speaks another vocabulary or sees other features than
// the pack has.
Status check_model_fits(const ModelInfo& info, const trainer::PackReader& pack,
                        const std::filesystem::path& artifact);

// kInvalid when the device cannot be had or does not fit such a model.
Status check_device(const trainer::ModelConfig& model, trainer::Precision precision,
                    const trainer::DeviceConfig& device);

struct TaskHead {
  std::vector<trainer::ParameterSpec> parameters;
  std::uint64_t seed = 0;
};

// A model with the weights of the artifact; the dropout rates of `info` may have been changed by
// the caller. `precision` as for choose_precision; `head`: parameters of a task's head, which start
// from the seed where the artifact lacks them.
Result<std::unique_ptr<trainer::Unimo>> load_model(const std::filesystem::path& artifact,
                                                   const ModelInfo& info,
                                                   const std::string& precision,
                                                   const trainer::DeviceConfig& device,
                                                   const TaskHead& head = {});

Status write_model_artifact(const std::filesystem::path& folder, const ModelInfo& info,
                            const trainer::Unimo& model, const trainer::Tokenizer& tokenizer);

}  // namespace unimo::stages
