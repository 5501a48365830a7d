// From an experiment to the tasks that it consists of, with complete parameters, before anything
// runs.
//
// A task is a row: stage, cell of the stage's matrix, shard. Texts are filled once for each
// combination of the matrix keys they really use, never once a task, and a selection of tasks is a
// shared group, so the plan grows linearly with tasks and edges.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "orchestrator/engine/schema_table.h"
#include "orchestrator/experiment/experiment.h"
#include "orchestrator/stage/job.h"

namespace unimo {

// Tasks of one stage that an input takes together, in plan order.
struct TaskGroup {
  std::uint32_t stage = 0;
  std::vector<std::uint32_t> tasks;
};

// Where the items of an input come from: a group of tasks, or a path of the user.
struct PlannedSource {
  static constexpr std::uint32_t kRaw = 0xffffffff;
  std::uint32_t group = kRaw;
  std::string sub_path;            // below each artifact
  std::filesystem::path raw_path;  // absolute
  std::string label;               // of a raw path: as written
  std::string place;               // path in the document, for messages
};

struct PlannedInput {
  std::uint32_t name = 0;    // in Plan::input_names
  std::uint32_t source = 0;  // in Plan::sources
};

struct PlannedTask {
  std::uint32_t stage = 0;  // in Plan::stages
  std::uint32_t cell = 0;
  std::uint32_t shard = 0;
  std::uint32_t params = 0;  // in Plan::params
  std::uint32_t inputs = 0;  // in Plan::input_lists
  std::uint64_t seed = 1;
};

struct PlannedStage {
  std::string name;
  std::string kind;
  const StageSchema* schema = nullptr;
  std::vector<MatrixAxis> matrix;
  std::uint32_t cells = 1;
  std::uint32_t shards = 1;
  std::uint32_t first_task = 0;  // its tasks are cells * shards in a row
  Resources resources;
  double timeout_s = 0;
  int retries = 0;
};

struct Plan {
  std::vector<PlannedStage> stages;  // what is needed comes first
  std::vector<PlannedTask> tasks;    // in the same order
  std::vector<Json> params;
  std::vector<std::string> params_text;  // canonical, for the cache key
  std::vector<std::string> input_names;
  std::vector<PlannedSource> sources;
  std::vector<TaskGroup> groups;
  std::vector<std::vector<PlannedInput>> input_lists;  // each ordered by name

  const PlannedStage& stage_of(const PlannedTask& task) const { return stages[task.stage]; }
  const std::vector<PlannedInput>& inputs_of(const PlannedTask& task) const {
    return input_lists[task.inputs];
  }
  Json cell(const PlannedTask& task) const;  // {"seed": 1, "task": "vqa"}
  std::string name(
      const PlannedTask& task) const;  // "finetune[task=vqa,seed=1]", "regions[shard=2]"
};

struct PlanOptions {
  std::filesystem::path directory;   // raw paths are relative to it; empty: the current one
  std::vector<std::string> targets;  // stages to plan, with what they need; empty: all
};

// All mistakes at once, each with file and line.
Result<Plan> make_plan(const Experiment& experiment, const SchemaTable& schemas,
                       const PlanOptions& options = {});

}  // namespace unimo
