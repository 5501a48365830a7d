// The parameters of a translator: their names, shapes and order in the store.
//
// Encoder and decoder layers have the names of UNIMO's encoder behind "source_" and "target_":
// "source_layer_0_multi_head_att_query_fc.w_0". Queries, keys and values of self-attention lie side
// by side, as do keys and values of the attention on the source.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/config/translator.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

// [target_vocabulary, hidden]: target tokens, and the output; with shared embeddings source tokens.
inline constexpr const char* kTargetTable = "target_embedding";
// [source_vocabulary, hidden]; absent with shared embeddings.
inline constexpr const char* kSourceTable = "source_embedding";
inline constexpr const char* kOutputBias = "output_bias";  // [target_vocabulary]

inline std::string source_layer_name(int number) {
  return "source_layer_" + std::to_string(number);
}
inline std::string target_layer_name(int number) {
  return "target_layer_" + std::to_string(number);
}

// All of them, in the order of the store.
std::vector<ParameterSpec> translator_parameters(const TranslatorConfig& config);

// [positions, hidden]: sin(p / 10000^(2i / hidden)) in the first half of a row, the cosines in the
// second (Vaswani et al. 2017, in the order of Hugging Face's MarianSinusoidalPositionalEmbedding).
std::vector<float> sinusoids(std::int64_t positions, std::int64_t hidden);

}  // namespace unimo::trainer
