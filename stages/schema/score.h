// Parameters of score.
#pragma once

#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct ScoreParams {
  std::string task = "flickr30k";
  std::string split = "val";
  std::string label = "UNIMO";
  bool shuffled_control = true;
  std::string tie_rule = "pessimistic";
};
template <class V>
void visit(V& v, ScoreParams& c) {
  v.field("task", c.task, one_of({"flickr30k", "coco_caption"}),
          "what was predicted: retrieval both ways, or captions");
  v.field("split", c.split, one_of({"train", "val", "test", "restval"}),
          "the references are those of this split; every image of it needs its prediction");
  v.field("label", c.label, "the name of what is scored, as it stands in the report");
  v.field(
      "shuffled_control", c.shuffled_control,
      "captions: score them a second time, each for another image, to show what form alone gets");
  v.field("tie_rule", c.tie_rule, one_of({"pessimistic", "index_order", "optimistic"}),
          "retrieval: where the right one stands among equal scores");
}

}  // namespace unimo::stages
