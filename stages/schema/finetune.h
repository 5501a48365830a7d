// Parameters of the stage finetune.
//
// inputs: data (a pack), checkpoint (optional: a checkpoint to begin from)
#pragma once

#include <string>
#include <vector>

#include "trainer/config/sizes.h"
#include "trainer/config/tasks.h"
#include "trainer/config/train.h"

namespace unimo::stages {

struct FinetuneParams {
  std::string task = "flickr30k";
  trainer::ModelSizes model;
  trainer::TrainConfig train{.optimizer = {.lr = 3e-4},
                             .schedule = {.kind = "cosine", .warmup = 0.1, .continuous = true},
                             .epochs = 9};
  std::vector<std::string> splits = {"train", "restval"};
  trainer::RetrievalConfig retrieval;
  trainer::CaptionConfig caption;
};
template <class V>
void visit(V& v, FinetuneParams& c) {
  v.field("task", c.task, one_of({"flickr30k", "coco_caption"}),
          "flickr30k: image-text retrieval; coco_caption: captioning");
  v.field("model", c.model, "sizes; with a checkpoint only the dropout rates are taken");
  v.field("train", c.train, "optimiser, schedule, steps");
  v.field("splits", c.splits, "splits of the pack to train on");
  v.field("retrieval", c.retrieval, "of the task flickr30k");
  v.field("caption", c.caption, "of the task coco_caption");
}

}  // namespace unimo::stages
