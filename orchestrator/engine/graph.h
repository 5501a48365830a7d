// The stages of an experiment and what they take from each other, as a directed graph without
// circles.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/experiment/experiment.h"

namespace unimo {

struct Graph {
  std::vector<std::vector<std::size_t>>
      needs;                       // per stage, in the experiment's order: stages it takes from
  std::vector<std::size_t> order;  // what is needed comes first; otherwise written order
};

// Unknown stages are reported with a suggestion, a circle with its path ("a -> b -> a").
Result<Graph> build_graph(const Experiment& experiment);

// The stages named and everything they need, as marks per stage. No names: all of them.
Result<std::vector<bool>> wanted_stages(const Experiment& experiment, const Graph& graph,
                                        const std::vector<std::string>& names);

}  // namespace unimo
