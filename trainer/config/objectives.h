// Settings of the pre-training objectives: what is masked, cut, drawn and contrasted, and how often
// each objective is served.
#pragma once

#include "orchestrator/base/fields.h"

namespace unimo::trainer {

// Bidirectional prediction of masked text: spans of whole units.
struct MaskedTextConfig {
  double share = 0.15;
  double span_p = 0.2;
  int span_max = 10;
  double mask_share = 0.8;
  double random_share = 0.1;
};
template <class V>
void visit(V& v, MaskedTextConfig& c) {
  v.field("share", c.share, between(0.01, 0.9), "tokens to predict, of each text");
  v.field("span_p", c.span_p, between(0.01, 0.99),
          "of the geometric law of span lengths, in units");
  v.field("span_max", c.span_max, between(1, 100), "longest span, in units");
  v.field("mask_share", c.mask_share, fraction(), "chosen tokens that become [MASK]");
  v.field("random_share", c.random_share, fraction(), "chosen tokens that become any token");
}

// Fragments of a text to be generated from the rest: source and target slices in turn, of one of
// two sizes.
struct Seq2SeqConfig {
  double short_share = 0.4;
  int short_source_min = 3, short_source_max = 12, short_target_min = 1, short_target_max = 4;
  int long_source_min = 12, long_source_max = 96, long_target_min = 4, long_target_max = 32;
  int whole_below = 6;
  double whole_share = 0.0;
};
template <class V>
void visit(V& v, Seq2SeqConfig& c) {
  v.field("short_share", c.short_share, fraction(), "slices of the short kind");
  v.field("short_source_min", c.short_source_min, between(1, 512), "tokens");
  v.field("short_source_max", c.short_source_max, between(1, 512), "tokens");
  v.field("short_target_min", c.short_target_min, between(1, 512), "tokens");
  v.field("short_target_max", c.short_target_max, between(1, 512), "tokens");
  v.field("long_source_min", c.long_source_min, between(1, 512), "tokens");
  v.field("long_source_max", c.long_source_max, between(1, 512), "tokens");
  v.field("long_target_min", c.long_target_min, between(1, 512), "tokens");
  v.field("long_target_max", c.long_target_max, between(1, 512), "tokens");
  v.field("whole_below", c.whole_below, between(1, 512), "shorter texts are generated whole");
  v.field("whole_share", c.whole_share, fraction(),
          "longer texts that are generated whole all the same");
}

// Masked regions: anchors and all that overlap them.
struct MaskedRegionsConfig {
  double share = 0.15;
  double overlap = 0.3;
  double cap = 0.3;
  double regression_weight = 1.0;
  double class_weight = 1.0;
};
template <class V>
void visit(V& v, MaskedRegionsConfig& c) {
  v.field("share", c.share, between(0.01, 0.9), "regions to mask before drawing of anchors stops");
  v.field("overlap", c.overlap, fraction(),
          "IoU with an anchor above which a region is masked too");
  v.field("cap", c.cap, between(0.01, 1.0), "regions masked at most");
  v.field("regression_weight", c.regression_weight, not_negative(), "of the feature regression");
  v.field("class_weight", c.class_weight, not_negative(), "of the class distribution");
}

// How a training sample looks at its picture and its text.
struct ViewConfig {
  int regions = 0;
  bool mirror = true;
  double word_dropout = 0.0;
};
template <class V>
void visit(V& v, ViewConfig& c) {
  v.field("regions", c.regions, between(0, 10000),
          "random regions shown of each image in training; 0: all");
  v.field("mirror", c.mirror,
          "show the mirrored picture half of the time, if its regions are there");
  v.field("word_dropout", c.word_dropout, fraction(),
          "words hidden behind [MASK] in dual encoding");
}

// Samples of a micro-batch.
struct BatchConfig {
  int text_rows = 4096;
  int images = 64;
  int pairs = 128;
  int caption_images = 64;
  int captions_per_image = 5;
};
template <class V>
void visit(V& v, BatchConfig& c) {
  v.field("text_rows", c.text_rows, between(16, 10000000), "tokens of texts alone, about");
  v.field("images", c.images, between(1, 65536), "images alone");
  v.field("pairs", c.pairs, between(1, 65536), "images with one caption each");
  v.field("caption_images", c.caption_images, between(1, 65536),
          "images whose captions are generated");
  v.field("captions_per_image", c.captions_per_image, between(1, 1000),
          "captions of each of them at most");
}

// What is asked of a pair, and of a text alone; shares of the samples.
struct PairConfig {
  double masked_text = 1.0;
  double seq2seq = 1.0;
  double masked_regions = 1.0;
};
template <class V>
void visit(V& v, PairConfig& c) {
  v.field("masked_text", c.masked_text, not_negative(),
          "predict masked words from the rest and the image");
  v.field("seq2seq", c.seq2seq, not_negative(),
          "generate slices of the text from the rest and the image");
  v.field("masked_regions", c.masked_regions, not_negative(),
          "predict masked regions from the rest and the text; pairs only");
}

// Match scores: scale · a·(t ⊙ v) + b over the pooled vectors.
struct MatchConfig {
  bool relu = true;
  bool normalize = true;
  double scale = 14.0;
};
template <class V>
void visit(V& v, MatchConfig& c) {
  v.field("relu", c.relu, "pooled vectors pass a ReLU, as in UNIMO; false: they may be negative");
  v.field("normalize", c.normalize,
          "bring the pooled vectors to length 1 before they are multiplied");
  v.field("scale", c.scale, positive(), "factor of the scores, 1 / temperature");
}

// Cross-modal contrastive learning.
struct ContrastiveConfig {
  int images = 16;
  int positives = 1;
  int negatives = 4;
  int image_negatives = 1;
  int single_images = 96;
  double joint_weight = 1.0;
  double single_weight = 1.0;
};
template <class V>
void visit(V& v, ContrastiveConfig& c) {
  v.field("images", c.images, between(1, 4096),
          "images of a micro-batch with jointly encoded pairs");
  v.field("positives", c.positives, between(0, 100),
          "other captions of the image that count as true, for each pair");
  v.field("negatives", c.negatives, between(0, 100),
          "captions that read alike and belong to another image, for each pair");
  v.field("image_negatives", c.image_negatives, between(0, 100),
          "other images of the micro-batch shown with the same caption, for each pair");
  v.field("single_images", c.single_images, between(0, 65536),
          "images (and one caption of each) of a micro-batch that are encoded alone");
  v.field("joint_weight", c.joint_weight, not_negative(), "of the jointly encoded pairs");
  v.field("single_weight", c.single_weight, not_negative(),
          "of the images and texts encoded alone");
}

// Both sides learn the semantic directions that the region features carry: texts from their words,
// images from all their regions.
struct SemanticConfig {
  int size = 256;
  int texts = 256;
  int images = 64;
};
template <class V>
void visit(V& v, SemanticConfig& c) {
  v.field("size", c.size, between(1, 65536),
          "last numbers of a feature that are its semantic vector");
  v.field("texts", c.texts, between(1, 65536), "captions of a micro-batch");
  v.field("images", c.images, between(0, 65536),
          "of their images, how many are encoded too and pulled to their own vector");
}

// How often each objective is served. Weights are shares of the micro-batches; 0 leaves an
// objective out.
struct MixtureConfig {
  double text = 1.0;
  double image = 1.0;
  double pair = 2.0;
  double caption = 1.0;
  double contrastive = 1.0;
  double semantic = 0.0;
  int micro_batches = 1;
};
template <class V>
void visit(V& v, MixtureConfig& c) {
  v.field("text", c.text, not_negative(), "texts alone: masked text and seq2seq in turn");
  v.field("image", c.image, not_negative(), "images alone: masked regions");
  v.field("pair", c.pair, not_negative(),
          "image and caption together: masked text, seq2seq or masked regions");
  v.field("caption", c.caption, not_negative(),
          "captions generated whole, all captions of an image sharing it");
  v.field("contrastive", c.contrastive, not_negative(), "cross-modal contrastive learning");
  v.field("semantic", c.semantic, not_negative(), "text to the semantic vector of its image");
  v.field("micro_batches", c.micro_batches, between(1, 1024),
          "of a step; each serves one objective");
}

}  // namespace unimo::trainer
