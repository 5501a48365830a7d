// What a model's parameters are called by whom, and the part of UNIMO that a RoBERTa has.
//
// UNIMO's names are those of the official code (`encoder_layer_0_ffn_fc_0.w_0`), RoBERTa's those of
// Hugging Face (`roberta.encoder.layer.0.intermediate.dense.weight`). Tensor-free.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/config/model.h"

namespace unimo::trainer {

// "roberta.encoder.layer.0.output.dense.bias" for "encoder_layer_0_ffn_fc_1.b_0"; empty when
// RoBERTa has no such part.
std::string roberta_name(std::string_view unimo_name);

// RoBERTa's table of segments, which UNIMO does not have.
inline constexpr std::string_view kTokenTypeTable =
    "roberta.embeddings.token_type_embeddings.weight";

// Tensors of older RoBERTa exports that say nothing new: position numbers, the pooler, copies of
// the tied output table.
bool is_known_extra(std::string_view roberta_name);

// Whether the parameter belongs to the language-model head, which an encoder alone lacks.
bool is_language_head(std::string_view unimo_name);

struct NamedShape {
  std::string name;
  std::vector<std::int64_t> shape;  // [out, in], [rows, hidden] or [size]
};
// The parameters that a RoBERTa of these sizes gives, by UNIMO's names: embeddings, layers,
// language-model head.
std::vector<NamedShape> text_parameters(const ModelConfig& config);

}  // namespace unimo::trainer
