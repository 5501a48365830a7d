// model.json of a checkpoint ("Checkpoint" of docs/formats.md): what the model beside it is.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/base/result.h"
#include "trainer/config/model.h"
#include "trainer/config/objectives.h"
#include "trainer/config/tasks.h"

namespace unimo::stages {

struct ModelInfo {
  trainer::ModelConfig model;
  std::string task;            // "pretrain", "flickr30k", "coco_caption", "import"
  trainer::MatchConfig match;  // how its match scores are made
  trainer::ObjectTagsConfig tags{.max_tokens = 0};  // names of objects that captions are made from
  std::string tokenizer_digest;                     // of the vocabulary it speaks
};

Result<ModelInfo> read_model_info(const std::filesystem::path& artifact);
Status write_model_info(const std::filesystem::path& artifact, const ModelInfo& info);

}  // namespace unimo::stages
