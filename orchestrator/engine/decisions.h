// What is to be done with each task: the items of its inputs, its cache key, whether its result is
// there, and why not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/engine/cache_key.h"
#include "orchestrator/engine/history.h"
#include "orchestrator/engine/plan.h"
#include "orchestrator/engine/raw_inputs.h"
#include "orchestrator/stage/job.h"
#include "orchestrator/store/store.h"

namespace unimo {

// The items of one input as the job gets them, and as they enter the key.
struct ResolvedItem {
  InputItem item;
  std::string artifact;                      // whole artifact it belongs to; empty for a raw path
  std::uint32_t task = PlannedSource::kRaw;  // that gave it
};

// A source with its items, and their text for the key.
struct ResolvedSource {
  std::vector<ResolvedItem> items;
  std::string key_text;
};

// One source of a task's input; those of one input stand next to each other.
struct ResolvedInput {
  std::uint32_t name = 0;  // in Plan::input_names
  const ResolvedSource* source = nullptr;
};

class Decisions {
 public:
  Decisions(const Plan& plan, const Experiment& experiment, StorePaths paths, std::string numerics,
            History& history, RawInputs& raw)
      : plan_(plan),
        experiment_(experiment),
        paths_(std::move(paths)),
        numerics_(std::move(numerics)),
        history_(history),
        raw_(raw),
        outputs_(plan.tasks.size()),
        first_missing_(plan.groups.size()),
        sources_(plan.sources.size()) {}

  // The task's artifact is known from now on.
  void set_output(std::uint32_t task, std::string digest) { outputs_[task] = std::move(digest); }
  const std::string& output(std::uint32_t task) const { return outputs_[task]; }
  // True when every task that it takes from has its artifact.
  bool inputs_known(std::uint32_t task);
  // A stage whose output is not known yet and that the task takes from; for messages.
  std::string awaited_stage(std::uint32_t task);

  // The rest needs inputs_known(task). A path that is not in the artifact is an error with file and
  // line.
  Result<std::vector<ResolvedInput>> inputs(std::uint32_t task);
  Result<CacheKey> key(std::uint32_t task);
  Result<std::optional<CacheHit>> find_result(const std::string& key) {
    return history_.find_result(key);
  }

  // Why the task runs, in one line. `run` is the run that it belongs to, which does not count as
  // history.
  Result<std::string> reason_to_run(std::uint32_t task, const CacheKey& key,
                                    const std::string& run);

  // Why a raw input must be looked at again after the task; empty when nothing changed.
  Result<std::string> changed_raw_input(std::uint32_t task);

 private:
  bool complete(std::uint32_t group);
  Result<const ResolvedSource*> source(std::uint32_t index);
  Result<ResolvedItem> item_of(const PlannedSource& source, std::uint32_t task);
  Result<const std::vector<FileEntry>*> files_of(const std::string& digest);

  const Plan& plan_;
  const Experiment& experiment_;
  StorePaths paths_;
  std::string numerics_;
  History& history_;
  RawInputs& raw_;
  std::vector<std::string> outputs_;
  std::vector<std::size_t> first_missing_;  // per group: the tasks before it have their output
  std::vector<std::optional<ResolvedSource>> sources_;
  std::map<std::string, std::vector<FileEntry>> files_;
};

}  // namespace unimo
