// A translator's weights as decoding reads them: packed for products in one direction.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/decode/decoder_weights.h"
#include "trainer/translator/translator.h"

namespace unimo::trainer {

struct TranslationLayer {
  ForwardMatrix<float> qkv, output, ffn0, ffn1;
  DecoderNorm attention_norm, ffn_norm;
};

// A decoder's attention on the source.
struct TranslationCross {
  ForwardMatrix<float> query, key_value, output;
  DecoderNorm norm;
};

// The model must outlive it.
struct TranslationWeights {
  std::vector<TranslationLayer> source, target;
  std::vector<TranslationCross> cross;
  ForwardMatrix<float> table;
  std::vector<float> output_bias;  // far below zero for tokens in `never`
  const float* source_words = nullptr;
  const float* target_words = nullptr;

  // Packs again when the model's weights have changed since.
  void refresh(const Translator& model, const std::vector<std::int32_t>& never);

 private:
  std::uint64_t version_ = 0;
};

}  // namespace unimo::trainer
