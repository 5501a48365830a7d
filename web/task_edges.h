// Which tasks of a run read from which. For tasks that have started this is recorded; for the
// others it follows from the stages of the resolved experiment.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "orchestrator/store/database.h"

namespace unimo::web {

struct DrawnTask {
  std::int64_t id = 0;
  std::string name, stage, kind, state;
  Json cell = Json::object();
};

using TaskEdge = std::pair<std::int64_t, std::int64_t>;  // from the giver to the reader

// In plan order; at most `most`.
Result<std::vector<DrawnTask>> drawn_tasks(Database& database, const std::string& run,
                                           std::int64_t most);

Result<std::vector<TaskEdge>> task_edges(Database& database, const std::string& run,
                                         const std::vector<DrawnTask>& tasks);

// The edges that `resolved` ("stages": {name: {"inputs": …}}) foresees for the readers in
// `waiting`. Tasks are joined unless their cells disagree on a matrix key that both have, or on one
// the source selects.
std::vector<TaskEdge> foreseen_edges(const Json& resolved, const std::vector<DrawnTask>& tasks,
                                     const std::vector<std::int64_t>& waiting);

}  // namespace unimo::web
