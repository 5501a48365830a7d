// The sizes of a UNIMO model from what its weights and its config.json say.
#pragma once

#include <filesystem>
#include <optional>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "trainer/config/model.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

// Whether the names are UNIMO's.
bool is_unimo(const WeightFile& file);

// What is not in the weights of every model, or not to be seen from them. 0: as the weights or the
// configuration say, else as UNIMO has it.
struct ChosenSizes {
  int heads = 0;         // else hidden / 64
  int feature_size = 0;  // else 2048
  int class_size = 0;    // else 1601
  int pooled = 0;        // else hidden
};

// From the shapes, and, where there is one, from the official config.json (num_attention_heads,
// image_embedding_size, image_class_size; its other sizes must be those of the weights). kInvalid
// when sizes contradict each other; the message names both.
Result<ModelConfig> sizes_of_unimo(const WeightFile& file,
                                   const std::optional<std::filesystem::path>& config,
                                   const ChosenSizes& chosen);

// A RoBERTa's config, completed.
Result<ModelConfig> sizes_of_roberta(const std::filesystem::path& config,
                                     const ChosenSizes& chosen);

// What config.json of a UNIMO says, in the official keys: the other direction.
Json unimo_config(const ModelConfig& config);

}  // namespace unimo::trainer
