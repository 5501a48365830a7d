// What the scorer of a benchmark gives back, whether it was asked by a run or by a person.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"

namespace unimo::stages {

// One metric as a function of sums over items: what significance tests resample.
struct Measure {
  std::string metric;  // its name in Scored::metrics
  std::string kind;    // how the value comes from the sums: measures.h
  std::size_t width = 1;
  std::vector<double> statistics;  // row-major [items, width]
  std::vector<std::string> ids;    // of the rows; empty: Scored::item_ids
};

struct Scored {
  std::map<std::string, double> metrics;
  std::vector<std::string> headline;              // the metrics that papers print, in their order
  std::map<std::string, std::string> signatures;  // by score
  std::map<std::string, std::int64_t> counts;     // images, captions, captions.empty
  std::vector<std::string> warnings;              // what was scored though it looks like a mistake
  std::vector<Json> items;                        // one line each of per_item.jsonl
  std::vector<std::string> item_ids;              // of the measures' rows
  std::vector<Measure> measures;
};

}  // namespace unimo::stages
