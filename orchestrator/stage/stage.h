// The contract between the orchestrator and the pipeline: what a stage kind declares, and what a
// running stage sees. Start reading here.
//
// Planning needs only `StageSchema`s (tensor-free tables in stages/schema). Running needs a
// `StageFunction`: it reads `context.input(...)`, fills `context.output()`, reports through
// `context.events()` and returns ok() or an Error. Whatever it leaves in the output folder becomes
// an immutable artifact, so the folder must depend on inputs, parameters and seed alone: no times,
// host names or absolute paths in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "orchestrator/stage/event.h"
#include "orchestrator/stage/job.h"

namespace unimo {

enum class StageProgram { kStage, kTensor };  // unimo-stage, unimo-tensor

struct InputSpec {
  std::string name;
  bool required = true;
  bool many = false;  // takes the artifacts of several tasks (shards, matrix cells)
  std::string description;
};

// What can be known about a stage kind without running it.
struct StageSchema {
  std::string kind;
  std::string description;
  StageProgram program = StageProgram::kStage;
  int version = 1;  // part of every cache key: raise it when the same inputs give other outputs
  bool numerics =
      false;  // results depend on floating-point libraries and CPU: these join the cache key
  bool shardable = false;
  std::vector<InputSpec> inputs;
  bool any_inputs = false;  // takes inputs of any name (kind command)
  Resources resources;      // default demand
  // Raw parameters to complete ones; mistakes are added to the list with paths relative to
  // `params`.
  std::function<Json(const Json& raw, std::vector<FieldError>& errors)> resolve;
  std::function<std::vector<FieldDescription>()> describe;
};

// A schema whose parameters are the struct C with its `visit`.
template <class C>
StageSchema schema_for(std::string kind, std::string description) {
  StageSchema schema;
  schema.kind = std::move(kind);
  schema.description = std::move(description);
  schema.resolve = [](const Json& raw, std::vector<FieldError>& errors) {
    return write_fields(read_fields<C>(raw, errors));
  };
  schema.describe = [] { return describe_fields<C>(); };
  return schema;
}

class StageContext {
 public:
  StageContext(const Job& job, EventWriter& events) : job_(job), events_(events) {}

  const Job& job() const { return job_; }
  EventWriter& events() { return events_; }
  std::uint64_t seed() const { return job_.seed; }
  const std::filesystem::path& output() const { return job_.output; }

  // The resolved parameters as the kind's struct.
  template <class C>
  Result<C> params() const {
    return read_fields<C>(job_.params, job_.task);
  }

  // The one item of an input; kInvalid, naming the input, when there is none or more than one.
  Result<std::filesystem::path> input(std::string_view name) const;
  // All items; empty when the input was not given.
  std::span<const InputItem> inputs(std::string_view name) const;
  bool has_input(std::string_view name) const { return !inputs(name).empty(); }

  // A folder that outlives this attempt, for checkpoints; created at the first call. Publish into
  // it by write-beside, sync and rename: the process may die at any instant.
  Result<std::filesystem::path> resume_directory() const;

  // True after SIGTERM or SIGUSR1: save what can be saved and return kCancelled.
  static bool stop_requested();

 private:
  const Job& job_;
  EventWriter& events_;
};

using StageFunction = Status (*)(StageContext& context);

struct StageEntry {
  std::string_view kind;
  StageFunction run;
  // For kinds that may run as several processes: which of them this one is. Only process 0 appends
  // to the job's events; of the others the log alone speaks. None: there is one process.
  Result<int> (*rank)() = nullptr;
};

// The main of a stage program: reads the job named in argv, runs its kind, reports the end.
// The places where exceptions end. Exit code 0: done; 1: failed; 2: usage; 8: stopped on request.
int run_stage_program(int argc, char** argv, std::span<const StageEntry> entries);

}  // namespace unimo
