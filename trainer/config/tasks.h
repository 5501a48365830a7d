// Settings of the tasks that a model is fine-tuned for.
#pragma once

#include <string>

#include "trainer/config/objectives.h"

namespace unimo::trainer {

// How strongly both sides are pulled to the semantic vector of the image, from the first step to
// the last.
struct SemanticPullConfig {
  int size = 256;
  double from = 0.0;
  double to = 0.0;
};
template <class V>
void visit(V& v, SemanticPullConfig& c) {
  v.field("size", c.size, between(1, 65536),
          "last numbers of a feature that are its semantic vector");
  v.field("from", c.from, not_negative(), "weight at the first step; 0 with `to` 0: no pull");
  v.field("to", c.to, not_negative(), "weight at the last step");
}

// UNIMO's loss over jointly encoded pairs.
struct CircleConfig {
  int caption_negatives = 10;
  int image_negatives = 10;
  double margin = 0.2;
  double gamma = 1.0;
};
template <class V>
void visit(V& v, CircleConfig& c) {
  v.field("caption_negatives", c.caption_negatives, between(1, 1000),
          "captions of other images, for each pair");
  v.field("image_negatives", c.image_negatives, between(1, 1000), "other images, for each pair");
  v.field("margin", c.margin, fraction(), "m");
  v.field("gamma", c.gamma, positive(), "scale of the exponents");
}

// Image-text retrieval.
struct RetrievalConfig {
  std::string loss = "contrastive";
  int batch = 128;
  int micro_batches = 1;
  ViewConfig view{.regions = 12, .mirror = true, .word_dropout = 0.05};
  MatchConfig match = dual_match();
  SemanticPullConfig semantic;
  CircleConfig circle;
};
template <class V>
void visit(V& v, RetrievalConfig& c) {
  v.field("loss", c.loss, one_of({"contrastive", "circle"}),
          "contrastive: images and captions encoded alone, all pairs of a batch; circle: pairs "
          "encoded together");
  v.field("batch", c.batch, between(2, 65536),
          "images of a micro-batch, with one caption each; rivals in the contrastive loss");
  v.field("micro_batches", c.micro_batches, between(1, 1024),
          "of a step, whose losses are averaged; processes share them");
  v.field("view", c.view, "how images and captions are shown in training");
  v.field("match", c.match, "match scores");
  v.field("semantic", c.semantic, "pull to the semantic vectors; contrastive only");
  v.field("circle", c.circle, "the circle loss");
}

// Adversarial steps (VILLA): the loss is taken clean and under disturbances of text and image that
// climb it. The defaults are those of captioning with UNIMO-base, which takes 4 steps.
struct AdversarialConfig {
  int steps = 0;
  double lr = 0.03;
  double max_norm = 0.0;
  double magnitude = 0.4;
  double kl_weight = 1.0;
  bool text = true;
  bool image = true;
};
template <class V>
void visit(V& v, AdversarialConfig& c) {
  v.field("steps", c.steps, between(0, 32), "adversarial steps within a training step; 0: none");
  v.field("lr", c.lr, positive(), "length of a step of the disturbance");
  v.field("max_norm", c.max_norm, not_negative(),
          "gradient norm above which the disturbance is scaled down; 0: never");
  v.field("magnitude", c.magnitude, not_negative(), "of the random disturbance at the start");
  v.field("kl_weight", c.kl_weight, not_negative(),
          "of the distance between clean and disturbed predictions");
  v.field("text", c.text, "disturb the sums of the text embedding");
  v.field("image", c.image, "disturb the region features");
}

// Names of what the detector saw, shown between image and caption.
struct ObjectTagsConfig {
  int max_tokens = 100;
  double threshold = 0.35;
  bool operator==(const ObjectTagsConfig&) const = default;
};
template <class V>
void visit(V& v, ObjectTagsConfig& c) {
  v.field("max_tokens", c.max_tokens, between(0, 510),
          "tokens of class names shown between image and caption; 0: none");
  v.field("threshold", c.threshold, fraction(),
          "probability from which a region's class is named; UNIMO-large uses 0.2");
}

// Captioning.
struct CaptionConfig {
  int batch = 64;
  int micro_batches = 1;
  int captions_per_image = 5;
  double label_smoothing = 0.1;
  ViewConfig view{.regions = 12, .mirror = true};
  ObjectTagsConfig tags;
  AdversarialConfig adversarial;
};
template <class V>
void visit(V& v, CaptionConfig& c) {
  v.field("batch", c.batch, between(1, 65536), "images of a micro-batch");
  v.field("micro_batches", c.micro_batches, between(1, 1024),
          "of a step, whose losses are averaged; processes share them");
  v.field("captions_per_image", c.captions_per_image, between(1, 1000),
          "captions of each image at most");
  v.field("label_smoothing", c.label_smoothing, fraction(),
          "share of the target given to all tokens alike");
  v.field("view", c.view, "how images are shown in training");
  v.field("tags", c.tags, "names of detected objects");
  v.field("adversarial", c.adversarial, "adversarial training");
}

// What a text, or a pair of texts, is. The defaults are UNIMO's for GLUE but for its grid: batches of
// 16 and 32, rates of 1e-5, 2e-5 and 3e-5, five seeds.
struct TextClassConfig {
  int batch = 32;
  int micro_batches = 1;
  int max_tokens = 512;
  double dropout = 0.1;
};
template <class V>
void visit(V& v, TextClassConfig& c) {
  v.field("batch", c.batch, between(1, 65536), "examples of a micro-batch");
  v.field("micro_batches", c.micro_batches, between(1, 1024),
          "of a step, whose losses are averaged; processes share them");
  v.field("max_tokens", c.max_tokens, between(4, 65536),
          "of an example with its special tokens; the longer of two texts is cut first");
  v.field("dropout", c.dropout, between(0, 0.95), "before the head");
}

}  // namespace unimo::trainer
