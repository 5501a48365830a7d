// Parameters of the stages import.weights and export.weights.
#pragma once

#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

// inputs: raw (a file or folder with weights), tokenizer (optional: vocabulary files, where raw has
// none)
struct ImportWeightsParams {
  int heads = 0;
  int feature_size = 0;
  int class_size = 0;
  int pooled = 0;
  double dropout = 0.1;
  double attention_dropout = 0.1;
  double init_deviation = 0.02;
};
template <class V>
void visit(V& v, ImportWeightsParams& c) {
  v.field("heads", c.heads, between(0, 256),
          "attention heads; 0: as config.json says, else hidden / 64");
  v.field("feature_size", c.feature_size, between(0, 65536),
          "size of a region feature; 0: as the weights or config.json say, else 2048");
  v.field("class_size", c.class_size, between(0, 1000000),
          "classes of regions; 0: as the weights or config.json say, else 1601");
  v.field("pooled", c.pooled, between(0, 65536),
          "width of the pooled vectors; 0: as the weights say, else hidden");
  v.field("dropout", c.dropout, between(0, 0.95), "on embeddings and after each sub-layer");
  v.field("attention_dropout", c.attention_dropout, between(0, 0.95),
          "on attention and match vectors");
  v.field("init_deviation", c.init_deviation, positive(),
          "of the truncated normal that new parts start from");
}

// inputs: checkpoint
struct ExportWeightsParams {
  std::string format = "roberta";
};
template <class V>
void visit(V& v, ExportWeightsParams& c) {
  v.field(
      "format", c.format, one_of({"roberta", "unimo", "paddle"}),
      "roberta: the text part, as Hugging Face's RobertaForMaskedLM loads it; unimo: everything "
      "as safetensors; paddle: everything as the official code loads it");
}

}  // namespace unimo::stages
