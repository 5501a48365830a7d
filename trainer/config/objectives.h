// Settings of the pre-training objectives: what is masked, cut, drawn and contrasted, and how often
// each objective is served.
#pragma once

#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::trainer {

// Bidirectional prediction of masked text: spans of whole units.
struct MaskedTextConfig {
  double share = 0.15;
  double span_p = 0.2;
  int span_max = 10;
  double mask_share = 0.8;
  double random_share = 0.1;
  double weight = 1.0;
};
template <class V>
void visit(V& v, MaskedTextConfig& c) {
  v.field("share", c.share, between(0.01, 0.9), "tokens to predict, of each text");
  v.field("span_p", c.span_p, between(0.01, 0.99),
          "of the geometric law of span lengths, in units");
  v.field("span_max", c.span_max, between(1, 100), "longest span, in units");
  v.field("mask_share", c.mask_share, fraction(), "chosen tokens that become [MASK]");
  v.field("random_share", c.random_share, fraction(), "chosen tokens that become any token");
  v.field("weight", c.weight, not_negative(), "of the loss");
}

// Parts of a text to be generated from the rest, each behind its own [CLS] and ended by [SEP].
// slices: source and target slices in turn, of one of two sizes, as in UNIMO-2; fragments: as in
// the paper, until a share of the tokens is taken.
struct Seq2SeqConfig {
  std::string cut = "slices";
  double short_share = 0.4;
  int short_source_min = 3, short_source_max = 12, short_target_min = 1, short_target_max = 4;
  int long_source_min = 12, long_source_max = 96, long_target_min = 4, long_target_max = 32;
  double fragment_share = 0.25;
  int fragment_min = 4, fragment_max = 32;
  int whole_below = 6;
  double whole_share = 0.0;
  std::string end = "sep";
  double weight = 1.0;
};
template <class V>
void visit(V& v, Seq2SeqConfig& c) {
  v.field("cut", c.cut, one_of({"slices", "fragments"}),
          "slices: source and target slices in turn; fragments: anywhere, until fragment_share");
  v.field("short_share", c.short_share, fraction(), "slices of the short kind");
  v.field("short_source_min", c.short_source_min, between(1, 512), "tokens");
  v.field("short_source_max", c.short_source_max, between(1, 512), "tokens");
  v.field("short_target_min", c.short_target_min, between(1, 512), "tokens");
  v.field("short_target_max", c.short_target_max, between(1, 512), "tokens");
  v.field("long_source_min", c.long_source_min, between(1, 512), "tokens");
  v.field("long_source_max", c.long_source_max, between(1, 512), "tokens");
  v.field("long_target_min", c.long_target_min, between(1, 512), "tokens");
  v.field("long_target_max", c.long_target_max, between(1, 512), "tokens");
  v.field("fragment_share", c.fragment_share, between(0.01, 0.99),
          "fragments: tokens to generate, of each text");
  v.field("fragment_min", c.fragment_min, between(1, 512), "fragments: tokens of the shortest");
  v.field("fragment_max", c.fragment_max, between(1, 512), "fragments: tokens of the longest");
  v.field("whole_below", c.whole_below, between(1, 512), "shorter texts are generated whole");
  v.field("whole_share", c.whole_share, fraction(),
          "longer texts that are generated whole all the same");
  v.field("end", c.end, one_of({"sep", "mask"}), "token that ends what is generated");
  v.field("weight", c.weight, not_negative(), "of the loss, also of whole captions");
}

// Masked regions: anchors and all that overlap them.
struct MaskedRegionsConfig {
  double share = 0.15;
  double overlap = 0.3;
  double cap = 0.3;
  bool keep_location = true;
  bool soft_classes = true;
  double regression_weight = 1.0;
  double class_weight = 1.0;
};
template <class V>
void visit(V& v, MaskedRegionsConfig& c) {
  v.field("share", c.share, between(0.01, 0.9), "regions to mask before drawing of anchors stops");
  v.field("overlap", c.overlap, fraction(),
          "IoU with an anchor above which a region is masked too");
  v.field("cap", c.cap, between(0.01, 1.0), "regions masked at most");
  v.field("keep_location", c.keep_location,
          "masked regions keep their box; false: it is zeros, as their feature is");
  v.field("soft_classes", c.soft_classes,
          "predict the detector's distribution over the kept classes; false: its best class");
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
  std::string turns = "coin";
  double masked_text = 1.0;
  double seq2seq = 1.0;
  double masked_regions = 1.0;
};
template <class V>
void visit(V& v, PairConfig& c) {
  v.field(
      "turns", c.turns, one_of({"coin", "alternate", "sample"}),
      "masked_text or seq2seq: coin: drawn for each micro-batch by their shares; alternate: one "
      "micro-batch after the other; sample: drawn for each text");
  v.field("masked_text", c.masked_text, not_negative(),
          "predict masked words from the rest and the image");
  v.field("seq2seq", c.seq2seq, not_negative(),
          "generate slices of the text from the rest and the image");
  v.field("masked_regions", c.masked_regions, not_negative(),
          "predict masked regions from the rest and the text; pairs only");
}

// Match scores: d / temperature, with d = a·Dropout(t ⊙ v) + b over the pooled vectors. The
// defaults are UNIMO's, as far as they are known; dual encoders need vectors of length 1 and a
// temperature.
struct MatchConfig {
  bool relu = true;
  bool normalize = false;
  double temperature = 1.0;
  bool learn_temperature = false;
};
template <class V>
void visit(V& v, MatchConfig& c) {
  v.field("relu", c.relu, "pooled vectors pass a ReLU, as in UNIMO; false: they may be negative");
  v.field("normalize", c.normalize,
          "bring the pooled vectors to length 1 before they are multiplied");
  v.field("temperature", c.temperature, positive(),
          "scores are divided by it; where it is learned, its start");
  v.field("learn_temperature", c.learn_temperature,
          "learn it with the weights, held to 0.001 to 0.5");
}

// Vectors of length 1 with UNIMO-2's temperature: what dual encoders start from.
inline MatchConfig dual_match() { return {.normalize = true, .temperature = 0.07}; }

// Cross-modal contrastive learning. For each pair: true pairs X+, rewritten negatives X-, related
// images X^I and related texts X^T, in one loss. A count of 0 leaves a set out.
struct ContrastiveConfig {
  int pairs = 16;
  int positives = 1;
  int negatives = 12;
  double sentence_share = 1.0;
  double phrase_share = 1.0;
  double word_share = 1.0;
  int related_images = 2;
  int related_texts = 2;
  int batch_captions = 0;
  int batch_images = 0;
  double weight = 1.0;
  int single_images = 96;
  double single_weight = 0.0;
};
template <class V>
void visit(V& v, ContrastiveConfig& c) {
  v.field("pairs", c.pairs, between(1, 4096), "pairs of a micro-batch, each with its candidates");
  v.field("positives", c.positives, between(0, 100),
          "X+ besides the true pair: back-translations; where the pack has too few, other captions "
          "of the image");
  v.field(
      "negatives", c.negatives, between(0, 1000),
      "X-: captions that read alike and are wrong, shared out among the three levels; where one "
      "lacks some, the others give more");
  v.field("sentence_share", c.sentence_share, not_negative(),
          "of the negatives: captions of other images");
  v.field("phrase_share", c.phrase_share, not_negative(),
          "of the negatives: captions with a phrase replaced");
  v.field("word_share", c.word_share, not_negative(),
          "of the negatives: captions with a word replaced");
  v.field("related_images", c.related_images, between(0, 1000),
          "X^I: retrieved images, each encoded alone against the text alone");
  v.field("related_texts", c.related_texts, between(0, 1000),
          "X^T: retrieved sentences, each encoded alone against the image alone");
  v.field("batch_captions", c.batch_captions, between(0, 1000),
          "easy negatives: captions of other images of the micro-batch");
  v.field("batch_images", c.batch_images, between(0, 1000),
          "easy negatives: other images of the micro-batch shown with the same caption");
  v.field("weight", c.weight, not_negative(), "of this loss");
  v.field("single_images", c.single_images, between(0, 65536),
          "images (and one caption of each) of a micro-batch that are encoded alone, each text "
          "against all images and each image against all texts; not in UNIMO");
  v.field("single_weight", c.single_weight, not_negative(),
          "of the images and texts encoded alone; 0: they are left out");
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
// objective out. By default text : image : pairs are 1 : 1 : 2, and of the pairs half are masked,
// half contrasted.
struct MixtureConfig {
  double text = 1.0;
  double image = 1.0;
  double pair = 1.0;
  double contrastive = 1.0;
  double caption = 0.0;
  double semantic = 0.0;
  int micro_batches = 1;
};
template <class V>
void visit(V& v, MixtureConfig& c) {
  v.field("text", c.text, not_negative(), "texts alone: masked text or seq2seq");
  v.field("image", c.image, not_negative(), "images alone: masked regions");
  v.field("pair", c.pair, not_negative(),
          "image and caption together: masked text, seq2seq or masked regions");
  v.field("contrastive", c.contrastive, not_negative(), "cross-modal contrastive learning");
  v.field("caption", c.caption, not_negative(),
          "captions generated whole, all captions of an image sharing it; not in UNIMO");
  v.field("semantic", c.semantic, not_negative(),
          "text to the semantic vector of its image; not in UNIMO");
  v.field("micro_batches", c.micro_batches, between(1, 1024),
          "of a step; each serves one objective");
}

}  // namespace unimo::trainer
