// The experiment of the fixture: its tasks with their inputs, in plan order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"

namespace unimo::web {

struct PlannedInput {
  std::string name;
  std::string from;  // a task, or a raw path when it begins with '/'
};

struct PlannedFixtureTask {
  std::string name, stage, kind;
  Json cell = Json::object();
  Json params = Json::object();
  std::vector<PlannedInput> inputs;
  std::int64_t minutes = 1;
};

// `lr` is what one run changes against another.
std::vector<PlannedFixtureTask> fixture_pipeline(double lr);

// The experiment as the store keeps it. The matrix key stands in the inputs as a reference.
Json resolved_experiment(const std::vector<PlannedFixtureTask>& plan);

}  // namespace unimo::web
