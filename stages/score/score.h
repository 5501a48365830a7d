// The stage `score`: predictions against references, as named numbers.
//
// Inputs: `predictions` (one artifact), `references` (records). Output: scores.json and
// per_item.jsonl, see docs/formats.md. Every metric is also told as an event. Recalls are percent;
// BLEU, ROUGE-L and CIDEr-D are a hundred times what the scorers return, as papers print them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/stage/stage.h"

namespace unimo::stages {

Status run_score(StageContext& context);

// What one task's scorer gives back.
struct Scored {
  std::map<std::string, double> metrics;
  std::map<std::string, std::string> signatures;  // by score
  std::map<std::string, std::int64_t> counts;     // images, captions, captions.empty
  std::vector<Json> items;                        // one line each of per_item.jsonl
};

}  // namespace unimo::stages
