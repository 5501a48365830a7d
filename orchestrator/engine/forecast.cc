#include "orchestrator/engine/forecast.h"

#include <map>

namespace unimo {

Result<Forecast> Forecast::make(const Plan& plan, History& history) {
  std::map<std::string, std::optional<double>> by_kind;
  Forecast forecast;
  for (const PlannedStage& stage : plan.stages) {
    auto known = by_kind.find(stage.kind);
    if (known == by_kind.end())
      known = by_kind.emplace(stage.kind, UNIMO_TRY(history.mean_seconds(stage.kind))).first;
    forecast.stage_seconds_.push_back(known->second);
  }
  return forecast;
}

std::vector<double> Forecast::guesses() const {
  std::vector<double> seconds;
  for (const auto& known : stage_seconds_) seconds.push_back(known.value_or(1));
  return seconds;
}

}  // namespace unimo
