// The sizes of a translator (an encoder-decoder Transformer as Marian trains it), and how it
// searches for a translation.
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::trainer {

// The defaults are those of the base-size models of OPUS-MT. Two translators of equal sizes have
// the same parameters in the same order.
struct TranslatorConfig {
  int encoder_layers = 6;
  int decoder_layers = 6;
  int hidden = 512;
  int heads = 8;
  int ffn = 2048;
  int source_vocabulary = 58101;
  int target_vocabulary = 58101;
  bool shared_embeddings = true;
  bool scale_embedding = true;
  std::string activation = "swish";
  int positions = 512;
  double dropout = 0.1;
  double attention_dropout = 0.0;
  double activation_dropout = 0.0;
  double init_deviation = 0.02;
  bool operator==(const TranslatorConfig&) const = default;
};
template <class V>
void visit(V& v, TranslatorConfig& c) {
  v.field("encoder_layers", c.encoder_layers, between(1, 128), "layers that read the source");
  v.field("decoder_layers", c.decoder_layers, between(1, 128), "layers that write the target");
  v.field("hidden", c.hidden, between(16, 16384), "width of every position; a multiple of 16");
  v.field("heads", c.heads, between(1, 256),
          "attention heads; hidden / heads is an even whole number");
  v.field("ffn", c.ffn, between(16, 65536),
          "inner width of the feed-forward part; a multiple of 16");
  v.field("source_vocabulary", c.source_vocabulary, between(4, 10000000), "ids of the source");
  v.field("target_vocabulary", c.target_vocabulary, between(4, 10000000),
          "ids of the target; with shared_embeddings the same number");
  v.field("shared_embeddings", c.shared_embeddings,
          "true: one table for source, target and output; false: one of the source, one for target "
          "and output");
  v.field("scale_embedding", c.scale_embedding, "token vectors are multiplied by sqrt(hidden)");
  v.field("activation", c.activation, one_of({"swish", "relu", "gelu"}),
          "of the feed-forward part");
  v.field("positions", c.positions, between(4, 65536),
          "positions that a text may have, the end token among them");
  v.field("dropout", c.dropout, between(0, 0.95), "on embeddings and after each sub-layer");
  v.field("attention_dropout", c.attention_dropout, between(0, 0.95), "on attention");
  v.field("activation_dropout", c.activation_dropout, between(0, 0.95), "after the activation");
  v.field("init_deviation", c.init_deviation, positive(),
          "of the truncated normal that weights start from");
}

// What ranges of single fields cannot say; empty when the sizes fit together.
inline std::string translator_config_mistake(const TranslatorConfig& c) {
  if (c.hidden % c.heads != 0) {
    return fmt::format("hidden {} is not a multiple of heads {}: change one of them", c.hidden,
                       c.heads);
  }
  if (c.hidden % 16 != 0) return fmt::format("hidden {} is not a multiple of 16", c.hidden);
  if (c.hidden / c.heads % 2 != 0) {
    return fmt::format("hidden / heads is {}: it must be even", c.hidden / c.heads);
  }
  if (c.ffn % 16 != 0) return fmt::format("ffn {} is not a multiple of 16", c.ffn);
  if (c.shared_embeddings && c.source_vocabulary != c.target_vocabulary) {
    return fmt::format("one table for {} source ids and {} target ids", c.source_vocabulary,
                       c.target_vocabulary);
  }
  return {};
}

// How a translation is found.
struct TranslationSearchConfig {
  std::string method = "beam";
  int beam = 4;
  double length_penalty = 1.0;
  double temperature = 1.0;
  int top_k = 0;
  int max_length = 128;
};
template <class V>
void visit(V& v, TranslationSearchConfig& c) {
  v.field("method", c.method, one_of({"beam", "sampling"}),
          "beam: the best hypotheses; sampling: drawn, by the text's own random numbers");
  v.field("beam", c.beam, between(1, 64), "hypotheses kept; 1: always the most probable token");
  v.field("length_penalty", c.length_penalty, not_negative(),
          "beam: scores are divided by length ^ length_penalty");
  v.field("temperature", c.temperature, positive(), "sampling: logits are divided by it");
  v.field("top_k", c.top_k, at_least(0),
          "sampling: drawn from the best so many tokens; 0: from all of them");
  v.field("max_length", c.max_length, between(2, 4096), "tokens at most, the end token among them");
}

}  // namespace unimo::trainer
