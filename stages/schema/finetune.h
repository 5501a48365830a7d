// Parameters of the stage finetune.
//
// inputs: data (a pack), checkpoint (optional: a checkpoint to begin from), examples (records of
// sst2, cola, mnli or stsb)
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
  trainer::TextClassConfig text_class;
};
template <class V>
void visit(V& v, FinetuneParams& c) {
  v.field("task", c.task, one_of({"flickr30k", "coco_caption", "sst2", "cola", "mnli", "stsb"}),
          "flickr30k: image-text retrieval; coco_caption: captioning; the others: what the input "
          "examples are");
  v.field("model", c.model, "sizes; with a checkpoint only the dropout rates are taken");
  v.field("train", c.train, "optimiser, schedule, steps");
  v.field("splits", c.splits, "splits of the pack, or of the examples, to train on");
  v.field("retrieval", c.retrieval, "of the task flickr30k");
  v.field("caption", c.caption, "of the task coco_caption");
  v.field("text_class", c.text_class, "of sst2, cola, mnli and stsb");
}

}  // namespace unimo::stages
