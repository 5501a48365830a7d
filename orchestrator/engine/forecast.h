// How long tasks are expected to take, from earlier tasks of the same kind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/engine/history.h"
#include "orchestrator/engine/plan.h"

namespace unimo {

class Forecast {
 public:
  static Result<Forecast> make(const Plan& plan, History& history);

  // Per stage of the plan; empty without history.
  const std::vector<std::optional<double>>& stage_seconds() const { return stage_seconds_; }
  // The same with a guess where nothing is known, for ordering.
  std::vector<double> guesses() const;

 private:
  std::vector<std::optional<double>> stage_seconds_;
};

}  // namespace unimo
