// Parameters of detector, which trains a detector of regions, and of detector.predict, which finds
// objects with one.
//
// inputs of detector: records (pictures with boxes; several), vocabulary (optional: names by line),
// init (optional: weights to begin from)
// inputs of detector.predict: records, weights, vocabulary (optional)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/config/detector_training.h"
#include "trainer/config/train.h"

namespace unimo::stages {

// Names that become classes or attributes, counted in the boxes that are learned from.
struct NameCount {
  std::int64_t min_count = 1;
  std::int64_t most = 1600;
};
template <class V>
void visit(V& v, NameCount& c) {
  v.field("min_count", c.min_count, at_least(1), "boxes that have the name");
  v.field("most", c.most, between(0, 60000), "the most frequent ones");
}

struct DetectorEvaluation {
  std::vector<std::string> splits = {"val"};
  std::int64_t every = 0;
  std::int64_t images = 32;
};
template <class V>
void visit(V& v, DetectorEvaluation& c) {
  v.field("splits", c.splits, "splits of the records to take pictures from");
  v.field("every", c.every, at_least(0), "steps between evaluations, and one at the end; 0: none");
  v.field("images", c.images, between(1, 1000000), "pictures, the first ones, kept in memory");
}

struct DetectorParams {
  std::vector<std::string> splits = {"train"};
  NameCount classes;
  NameCount attributes{.most = 400};
  trainer::DetectorTraining training;
  trainer::DetectorRules rules;
  trainer::TrainConfig train{
      .optimizer = {.kind = "sgd", .lr = 0.001, .weight_decay = 0.0005, .clip_norm = 0},
      .schedule = {.kind = "drop", .warmup = 0},
      .precision = "fp32",
      .steps = 380000};
  DetectorEvaluation evaluate;
};
template <class V>
void visit(V& v, DetectorParams& c) {
  v.field("splits", c.splits, "splits of the records to learn from");
  v.field("classes", c.classes, "without a vocabulary: which labels are classes");
  v.field("attributes", c.attributes,
          "without a vocabulary: which attributes are learned; most 0: none");
  v.field("training", c.training, "the network and what it is shown");
  v.field("rules", c.rules,
          "how pictures are resized, and proposals suppressed; the rest is for regions.detect");
  v.field("train", c.train, "optimiser, schedule, steps");
  v.field("evaluate", c.evaluate, "held-out losses, reported as heldout.loss.<name>");
}

struct DetectorPredictParams {
  std::string split = "val";
  trainer::DetectorRules rules;
  trainer::ObjectRules objects;
  std::string precision = "fp32";
  double max_bad_share = 0.01;
};
template <class V>
void visit(V& v, DetectorPredictParams& c) {
  v.field("split", c.split, one_of({"train", "val", "test", "restval"}), "pictures of this split");
  v.field("rules", c.rules, "how pictures are resized, and proposals suppressed");
  v.field("objects", c.objects, "which boxes are told");
  v.field("precision", c.precision, one_of({"fp32", "bf16"}),
          "numbers that the network computes in");
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "more pictures that cannot be used than this is an error");
}

}  // namespace unimo::stages
