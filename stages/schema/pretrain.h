// Parameters of the stage pretrain.
//
// inputs: data (a pack), init (optional: a checkpoint to go on from)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/config/pretraining.h"
#include "trainer/config/sizes.h"
#include "trainer/config/train.h"

namespace unimo::stages {

// Losses on what is not trained on.
struct EvaluateParams {
  std::vector<std::string> splits = {"val"};
  std::int64_t every = 0;
  std::int64_t batches = 4;
};
template <class V>
void visit(V& v, EvaluateParams& c) {
  v.field("splits", c.splits, "splits of the pack to take samples from");
  v.field("every", c.every, at_least(0), "steps between evaluations, and one at the end; 0: none");
  v.field("batches", c.batches, between(1, 100000),
          "micro-batches of each objective; always the same samples, masks and negatives");
}

struct PretrainParams {
  trainer::ModelSizes model;
  trainer::TrainConfig train{.optimizer = {.lr = 5e-4, .weight_decay = 0.05},
                             .schedule = {.kind = "cosine", .warmup = 0.1, .continuous = true},
                             .epochs = 10};
  std::vector<std::string> splits = {"train", "restval"};
  trainer::PretrainingConfig objectives;
  EvaluateParams evaluate;
};
template <class V>
void visit(V& v, PretrainParams& c) {
  v.field("model", c.model, "sizes; with an init checkpoint only the dropout rates are taken");
  v.field("train", c.train, "optimiser, schedule, steps");
  v.field("splits", c.splits, "splits of the pack to train on");
  v.field("objectives", c.objectives, "what is learned");
  v.field("evaluate", c.evaluate, "held-out losses, reported as heldout.loss.<name>");
}

}  // namespace unimo::stages
