// What `unimo score` asks the program unimo-stage for.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/fields.h"
#include "stages/schema/score.h"

namespace unimo::stages {

struct ScoreFilesParams {
  std::string benchmark;
  std::string predictions;
  std::string references;
  ScoreRules rules;
  std::string split;
  std::string sources;
  std::string ids;
  std::string frequencies;
  std::string write_frequencies;
  std::string resources;
  std::string paraphrases;
  bool only_predicted = false;
  bool human = false;
  std::int64_t threads = 0;
  std::string per_item;
  bool json = false;
};
template <class V>
void visit(V& v, ScoreFilesParams& c) {
  v.field("benchmark", c.benchmark, one_of(scored_benchmarks()), "which scorer");
  v.field("predictions", c.predictions, "file (retrieval: or folder) of a system's predictions");
  v.field("references", c.references, "the official file with what is right");
  v.field("rules", c.rules, "how it is scored");
  v.field("split", c.split, "of reference files that hold several splits");
  v.field("sources", c.sources, "squad_qg: the source lines, by which references are pooled");
  v.field("ids", c.ids, "coqa: id and turn of each line of predictions");
  v.field("frequencies", c.frequencies, "captions: a file of document frequencies for CIDEr-D");
  v.field("write_frequencies", c.write_frequencies,
          "captions: write the references' document frequencies, for frequencies of later calls");
  v.field("resources", c.resources, "folder with rouge155, meteor and wordnet");
  v.field("paraphrases", c.paraphrases, "METEOR's paraphrase table");
  v.field("only_predicted", c.only_predicted,
          "captions: score the images of the predictions alone, not all of the references");
  v.field("human", c.human, "coqa: also each person against the others");
  v.field("threads", c.threads, not_negative(), "0: all cores; scores do not depend on it");
  v.field("per_item", c.per_item, "file to write each item's own values to");
  v.field("json", c.json, "print one JSON document");
}

// Two systems on the same references.
struct CompareFilesParams {
  ScoreFilesParams score;  // its predictions are the first system's
  std::string other_predictions;
  std::int64_t resamples = 10000;
  std::uint64_t seed = 1;
};
template <class V>
void visit(V& v, CompareFilesParams& c) {
  v.field("score", c.score, "how both are scored");
  v.field("other_predictions", c.other_predictions, "the second system's predictions");
  v.field("resamples", c.resamples, between(100, 10'000'000), "draws of each test");
  v.field("seed", c.seed, "of the draws");
}

}  // namespace unimo::stages
