// Parameters of regions.windows, photographs to described windows without a pre-trained network,
// and of regions.detect, photographs to the regions that a detector finds.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/fields.h"
#include "trainer/config/detector.h"

namespace unimo::stages {

// How the Fisher vectors' dictionaries are learned.
struct DictionaryParams {
  int components = 64;
  int sift_size = 64;
  int colour_size = 48;
  int images = 600;
  int samples = 350;
  int iterations = 20;
};
template <class V>
void visit(V& v, DictionaryParams& c) {
  v.field("components", c.components, between(2, 512), "Gaussians of each mixture");
  v.field("sift_size", c.sift_size, between(2, 128), "coordinates of a gradient descriptor kept");
  v.field("colour_size", c.colour_size, between(2, 96), "coordinates of a colour descriptor kept");
  v.field("images", c.images, at_least(1), "images sampled; fewer when there are fewer");
  v.field("samples", c.samples, at_least(1), "descriptors sampled in each of them");
  v.field("iterations", c.iterations, at_least(1), "rounds of expectation and maximisation");
}

// How each block of a description is shortened. The sizes add up to the length of a description.
struct ProjectionParams {
  int images = 1100;
  int windows = 12;
  int sift = 256;
  int colour = 192;
  int histogram = 64;
  int moments = 48;
  int lbp = 32;
  int hog = 128;
  int gabor = 48;
};
template <class V>
void visit(V& v, ProjectionParams& c) {
  v.field("images", c.images, at_least(2), "images the projections are learned from");
  v.field("windows", c.windows, between(1, 35), "windows of each of them");
  v.field("sift", c.sift, between(1, 2048), "coordinates of the gradient Fisher vector");
  v.field("colour", c.colour, between(1, 2048), "coordinates of the colour Fisher vector");
  v.field("histogram", c.histogram, between(1, 220), "coordinates of the colour histograms");
  v.field("moments", c.moments, between(1, 96), "coordinates of the colour moments");
  v.field("lbp", c.lbp, between(1, 59), "coordinates of the local binary patterns");
  v.field("hog", c.hog, between(1, 384), "coordinates of the gradient histograms");
  v.field("gabor", c.gabor, between(1, 72), "coordinates of the Gabor energies");
}

// The weak detector: words predicted linearly from a description.
struct WordParams {
  int min_images = 5;
  int max_words = 2000;
  int directions = 256;
  int folds = 8;
  int top = 16;
  double ridge = 0.3;
  double sharpness = 1.5;
};
template <class V>
void visit(V& v, WordParams& c) {
  v.field("min_images", c.min_images, at_least(1),
          "a word's captions describe at least so many images");
  v.field("max_words", c.max_words, between(2, 65535), "the most frequent words are kept");
  v.field("directions", c.directions, between(1, 2048), "semantic directions of the caption space");
  v.field("folds", c.folds, between(2, 100),
          "parts of the fitted images; each part is predicted by a model that did not see it");
  v.field("top", c.top, between(1, 256), "words stored for a window, the likeliest first");
  v.field("ridge", c.ridge, positive(), "penalty, in mean eigenvalues of the descriptions");
  v.field("sharpness", c.sharpness, positive(), "how peaked the distribution over words is");
}

struct RegionsWindowsParams {
  int image_size = 224;
  int views = 2;
  bool use_boxes = true;
  int max_boxes = 32;
  bool semantic_features = true;
  std::vector<std::string> fit_splits = {"train"};
  DictionaryParams dictionary;
  ProjectionParams projection;
  WordParams words;
};
template <class V>
void visit(V& v, RegionsWindowsParams& c) {
  v.field("image_size", c.image_size, between(64, 1024), "pictures are squashed to this square");
  v.field("views", c.views, between(1, 2), "2: also describe the mirrored picture");
  v.field("use_boxes", c.use_boxes, "describe the annotated boxes too, after the windows");
  v.field("max_boxes", c.max_boxes, between(0, 1000),
          "annotated boxes of an image, the first ones");
  v.field("semantic_features", c.semantic_features,
          "append the predicted semantic directions to each description");
  v.field("fit_splits", c.fit_splits, "splits that everything fitted is fitted on");
  v.field("dictionary", c.dictionary, "dictionaries of the Fisher vectors");
  v.field("projection", c.projection, "shortening of the blocks of a description");
  v.field("words", c.words, "the weak detector over words of the captions");
}

struct RegionsDetectParams {
  trainer::DetectorRules rules;
  int top_classes = 16;
  int top_attributes = 4;
  std::string precision = "fp32";
  int part_images = 64;
  double max_bad_share = 0.01;
};
template <class V>
void visit(V& v, RegionsDetectParams& c) {
  v.field("rules", c.rules, "how pictures are resized and regions chosen");
  v.field("top_classes", c.top_classes, between(1, 65535),
          "classes stored for a region, the likeliest first; fewer where the detector has fewer");
  v.field("top_attributes", c.top_attributes, between(0, 65535),
          "attributes stored for a region; 0: none");
  v.field("precision", c.precision, one_of({"fp32", "bf16"}),
          "numbers that the network computes in");
  v.field("part_images", c.part_images, between(1, 100000),
          "images between two places where a stopped run goes on");
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "more pictures that cannot be used than this is an error");
}

}  // namespace unimo::stages
