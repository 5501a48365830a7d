// Parameters of the stage pretrain.
//
// inputs: data (a pack), init (optional: a checkpoint to go on from)
#pragma once

#include <string>
#include <vector>

#include "trainer/config/pretraining.h"
#include "trainer/config/sizes.h"
#include "trainer/config/train.h"

namespace unimo::stages {

struct PretrainParams {
  trainer::ModelSizes model;
  trainer::TrainConfig train{.optimizer = {.lr = 5e-4, .weight_decay = 0.05},
                             .schedule = {.kind = "cosine", .warmup = 0.1, .continuous = true},
                             .epochs = 10};
  std::vector<std::string> splits = {"train", "restval"};
  trainer::PretrainingConfig objectives;
};
template <class V>
void visit(V& v, PretrainParams& c) {
  v.field("model", c.model, "sizes; with an init checkpoint only the dropout rates are taken");
  v.field("train", c.train, "optimiser, schedule, steps");
  v.field("splits", c.splits, "splits of the pack to train on");
  v.field("objectives", c.objectives, "what is learned");
}

}  // namespace unimo::stages
