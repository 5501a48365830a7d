// Weights wherever they lie: one call for every form that the project reads.
//
//   const WeightSource source = UNIMO_TRY(open_weights("roberta-base/"));
//
// A path may be
//   a folder with model.safetensors or pytorch_model.bin, or with their parts and an index
//     (model.safetensors.index.json), and usually config.json: Hugging Face's layout;
//   a checkpoint of this project (model.safetensors, model.json, tokenizer/);
//   a folder that Paddle's save_persistables wrote, or one with such a folder params/ in it;
//   a file: .safetensors, an index, or what torch.save wrote (.bin, .pt, .pth), or
//     a .caffemodel.
#pragma once

#include <filesystem>
#include <optional>

#include "orchestrator/base/result.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

enum class WeightNames { kRoberta, kUnimo, kDetector, kUnknown };

struct WeightSource {
  WeightFile file;
  WeightNames names = WeightNames::kUnknown;
  std::filesystem::path folder;                 // where its other files are
  std::optional<std::filesystem::path> config;  // config.json, when there is one
  bool is_checkpoint = false;                   // there is a model.json

  WeightSource(WeightFile opened, std::filesystem::path in);
};

// kNotFound, saying what was looked for, when there are no weights at `path`.
Result<WeightSource> open_weights(const std::filesystem::path& path);

}  // namespace unimo::trainer
