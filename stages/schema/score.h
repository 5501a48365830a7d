// Parameters of score.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

// What `unimo score` and the stage `score` know; ax is MNLI's diagnostic set.
inline std::vector<std::string> scored_benchmarks() {
  return {"coqa", "squad_qg", "cnndm",        "gigaword", "sst2",    "mnli",      "ax",
          "cola", "stsb",     "coco_caption", "vqa",      "snli_ve", "flickr30k", "detection"};
}

// How predictions are scored, where the official programs leave a choice. docs/scorers.md says what
// each variant does.
struct ScoreRules {
  std::string variant;
  std::string sentences = "marks";
  std::string digits;
  std::string tie_rule = "pessimistic";
};
template <class V>
void visit(V& v, ScoreRules& c) {
  v.field("variant", c.variant,
          one_of({"", "official", "ernie_gen", "unilm", "prophetnet", "plain", "rouge_score",
                  "unilm_original"}),
          "what is done to generated texts before they are scored; empty: what UNIMO reports");
  v.field(
      "sentences", c.sentences, one_of({"marks", "stops"}),
      "cnndm: where sentences of one line end: at [X_SEP], <S_SEP>, <q>, <t> or three blanks; or "
      "after each token . ? !");
  v.field("digits", c.digits,
          "mnli, snli_ve: the class of each number in predictions, such as "
          "contradiction,neutral,entailment; empty: classes are names");
  v.field("tie_rule", c.tie_rule, one_of({"pessimistic", "index_order", "optimistic"}),
          "retrieval: where the right one stands among equal scores");
}

struct ScoreParams {
  std::string task = "flickr30k";
  std::string split = "val";
  std::string label = "UNIMO";
  bool shuffled_control = true;
  std::string tie_rule = "pessimistic";
  std::string variant;
};
template <class V>
void visit(V& v, ScoreParams& c) {
  v.field("task", c.task, one_of(scored_benchmarks()), "the benchmark that was predicted");
  v.field("split", c.split, one_of({"train", "val", "test", "restval"}),
          "the references are those of this split; every item of it needs its prediction");
  v.field("label", c.label, "the name of what is scored, as it stands in the report");
  v.field(
      "shuffled_control", c.shuffled_control,
      "captions: score them a second time, each for another image, to show what form alone gets");
  v.field("tie_rule", c.tie_rule, one_of({"pessimistic", "index_order", "optimistic"}),
          "retrieval: where the right one stands among equal scores");
  v.field("variant", c.variant,
          one_of({"", "official", "ernie_gen", "unilm", "prophetnet", "plain"}),
          "what is done to generated texts before they are scored; empty: what UNIMO reports");
}

}  // namespace unimo::stages
