// A look at the whole plan before anything is written: which results are there already.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/engine/decisions.h"
#include "orchestrator/engine/plan.h"

namespace unimo {

struct SurveyedTask {
  std::string key;              // empty while its inputs are not known
  std::optional<CacheHit> hit;  // its result
};

struct Survey {
  std::vector<SurveyedTask> tasks;  // as in the plan
  std::size_t cached = 0;
  bool all_cached() const { return cached == tasks.size(); }
};

// Goes through the tasks in plan order, telling `decisions` every output that is found. `forced`,
// per stage of the plan: results that are not taken.
Result<Survey> survey_plan(const Plan& plan, Decisions& decisions, const std::vector<bool>& forced);

}  // namespace unimo
