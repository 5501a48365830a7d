// All that pre-training is told besides the sizes of the model and how it is optimised.
#pragma once

#include "trainer/config/objectives.h"

namespace unimo::trainer {

struct PretrainingConfig {
  MixtureConfig mixture;
  BatchConfig batch;
  ViewConfig view;
  PairConfig pair;
  MaskedTextConfig masked_text;
  Seq2SeqConfig seq2seq;
  MaskedRegionsConfig masked_regions;
  ContrastiveConfig contrastive;
  MatchConfig match;
  SemanticConfig semantic;
  double label_smoothing = 0.0;
};
template <class V>
void visit(V& v, PretrainingConfig& c) {
  v.field("mixture", c.mixture, "how often each objective is served");
  v.field("batch", c.batch, "samples of a micro-batch");
  v.field("view", c.view, "how images and texts are shown");
  v.field("pair", c.pair, "what is asked of a pair");
  v.field("masked_text", c.masked_text, "bidirectional prediction of text");
  v.field("seq2seq", c.seq2seq, "generation of slices of a text");
  v.field("masked_regions", c.masked_regions, "prediction of regions");
  v.field("contrastive", c.contrastive, "cross-modal contrastive learning");
  v.field("match", c.match, "match scores");
  v.field("semantic", c.semantic, "distance to the semantic vector of the image");
  v.field("label_smoothing", c.label_smoothing, fraction(), "of generated captions");
}

}  // namespace unimo::trainer
