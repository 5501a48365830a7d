// The sizes of a model that the data do not fix. Vocabulary, feature size and classes come from the
// pack.
#pragma once

#include "trainer/config/model.h"

namespace unimo::trainer {

// The defaults train on two cores in minutes.
struct ModelSizes {
  int layers = 4;
  int hidden = 256;
  int heads = 4;
  int ffn = 1024;
  int positions = 514;
  int pooled = 512;
  double dropout = 0.1;
  double attention_dropout = 0.1;
  double init_deviation = 0.02;
};
template <class V>
void visit(V& v, ModelSizes& c) {
  v.field("layers", c.layers, between(1, 128), "encoder layers");
  v.field("hidden", c.hidden, between(16, 16384),
          "width of every position; a multiple of 16 times heads");
  v.field("heads", c.heads, between(1, 256), "attention heads; hidden / heads is a multiple of 16");
  v.field("ffn", c.ffn, between(16, 65536),
          "inner width of the feed-forward part; a multiple of 16");
  v.field("positions", c.positions, between(3, 65536),
          "rows of the position table; the first token has 2");
  v.field("pooled", c.pooled, between(1, 65536), "width of the pooled text and image vectors");
  v.field("dropout", c.dropout, between(0, 0.95), "on embeddings and after each sub-layer");
  v.field("attention_dropout", c.attention_dropout, between(0, 0.95),
          "on attention and match vectors");
  v.field("init_deviation", c.init_deviation, positive(),
          "of the truncated normal that weights start from");
}

// A model of these sizes for data of a kind; packs without images or classes still give a valid
// model.
inline ModelConfig sized_model(const ModelSizes& c, int vocabulary, int feature_size,
                               int class_size) {
  return {.layers = c.layers,
          .hidden = c.hidden,
          .heads = c.heads,
          .ffn = c.ffn,
          .vocabulary = vocabulary,
          .positions = c.positions,
          .feature_size = feature_size > 0 ? feature_size : 1,
          .class_size = class_size > 0 ? class_size : 1,
          .pooled = c.pooled,
          .dropout = c.dropout,
          .attention_dropout = c.attention_dropout,
          .init_deviation = c.init_deviation};
}

}  // namespace unimo::trainer
