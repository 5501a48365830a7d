// The sizes of a UNIMO model. Two models with equal sizes have the same parameters in the same
// order.
#pragma once

#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::trainer {

// The defaults are UNIMO-base.
struct ModelConfig {
  int layers = 12;
  int hidden = 768;
  int heads = 12;
  int ffn = 3072;
  int vocabulary = 50265;
  int positions = 514;      // rows of the table; the first token has 2, so positions - 2 tokens fit
  int feature_size = 2048;  // of one region
  int class_size = 1601;    // classes of the region head
  int pooled = 768;         // width of the two pooled vectors
  int roles = 0;            // speakers told apart in conversations; 0: no such embedding
  int turns = 0;            // turns told apart; 0: no such embedding
  double dropout = 0.1;
  double attention_dropout = 0.1;
  double init_deviation = 0.02;
  bool operator==(const ModelConfig&) const = default;
};

template <class V>
void visit(V& v, ModelConfig& c) {
  v.field("layers", c.layers, between(1, 128), "encoder layers");
  v.field("hidden", c.hidden, between(16, 16384), "width of every position; a multiple of 16");
  v.field("heads", c.heads, between(1, 256),
          "attention heads; hidden / heads is an even whole number");
  v.field("ffn", c.ffn, between(16, 65536),
          "inner width of the feed-forward part; a multiple of 16");
  v.field("vocabulary", c.vocabulary, between(8, 10000000), "rows of the token table");
  v.field("positions", c.positions, between(3, 65536),
          "rows of the position table; the first token has 2");
  v.field("feature_size", c.feature_size, between(1, 65536), "size of a region feature");
  v.field("class_size", c.class_size, between(1, 1000000), "classes the region head predicts");
  v.field("pooled", c.pooled, between(1, 65536), "width of the pooled text and image vectors");
  v.field("roles", c.roles, between(0, 1024),
          "rows of the role embedding of conversations (CoQA: 3); 0: none");
  v.field("turns", c.turns, between(0, 1024),
          "rows of the turn embedding of conversations (CoQA: 16); 0: none");
  v.field("dropout", c.dropout, between(0, 0.95), "on embeddings and after each sub-layer");
  v.field("attention_dropout", c.attention_dropout, between(0, 0.95),
          "on attention and match vectors");
  v.field("init_deviation", c.init_deviation, positive(),
          "of the truncated normal that weights start from");
}

inline ModelConfig base_model() { return {}; }
inline ModelConfig large_model() {
  return {.layers = 24, .hidden = 1024, .heads = 16, .ffn = 4096, .pooled = 1024};
}
// Trains on a processor in minutes.
inline ModelConfig tiny_model() {
  return {.layers = 4,
          .hidden = 256,
          .heads = 4,
          .ffn = 1024,
          .vocabulary = 8192,
          .positions = 258,
          .feature_size = 256,
          .class_size = 81,
          .pooled = 256};
}

// What ranges of single fields cannot say; empty when the sizes fit together.
inline std::string model_config_mistake(const ModelConfig& c) {
  if (c.hidden % c.heads != 0) {
    return fmt::format("hidden {} is not a multiple of heads {}: change one of them", c.hidden,
                       c.heads);
  }
  if (c.hidden % 16 != 0) return fmt::format("hidden {} is not a multiple of 16", c.hidden);
  if (c.hidden / c.heads % 2 != 0) {
    return fmt::format("hidden / heads is {}: it must be even", c.hidden / c.heads);
  }
  if (c.ffn % 16 != 0) return fmt::format("ffn {} is not a multiple of 16", c.ffn);
  return {};
}

}  // namespace unimo::trainer
