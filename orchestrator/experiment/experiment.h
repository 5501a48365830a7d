// An experiment: a YAML file as stages with their inputs, parameters and grids. What the parameters
// of a stage mean is not known here; the plan checks them against the stage's schema.
//
//   const auto experiment = UNIMO_TRY(load_experiment("demo.yaml",
//   {"finetune.optimizer.lr=1e-5"}));
//
// The whole grammar, with examples: docs/experiments.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "orchestrator/experiment/places.h"

namespace unimo {

// One source of an input. Every text may hold references to matrix keys.
struct InputSource {
  std::string text;  // as written, without variables: "finetune[task=${task}]/model"
  std::string stage;
  std::vector<std::pair<std::string, std::string>> select;  // key=value
  std::string sub_path;                                     // below the artifact; empty: all of it
  std::string raw_path;  // a file or folder of the user; then the fields above but text are empty
  std::string place;     // path in the document, for PlaceMap
};

// One key of a matrix with its values, which are texts, numbers or booleans.
struct MatrixAxis {
  std::string key;
  std::vector<Json> values;
};

struct StageSpec {
  std::string name;
  std::string kind;
  std::map<std::string, std::vector<InputSource>> inputs;
  Json params = Json::object();    // a template over the matrix keys
  std::vector<MatrixAxis> matrix;  // in written order; the last one varies fastest
  int shards = 1;
  Json seed;  // a number, or a template; the experiment's seed when it says nothing
  Json resources = Json::object();  // as written, over those of `defaults`
  double timeout_s = 0;             // 0: none
  int retries = 0;

  // How a message names a value: "stages.finetune.params.optimizer.lr".
  std::string path(std::string_view below = {}) const;
};

struct Experiment {
  std::string name;
  std::string description;
  std::uint64_t seed = 1;
  std::string file;               // as given
  std::vector<StageSpec> stages;  // in written order
  Json resolved =
      Json::object();  // the document after extends, --set and references; what `runs` keeps
  PlaceMap places;
  // Mistakes that leave the rest readable. The plan reports them together with its own, so that all
  // can be mended at once; whoever uses an experiment without planning it asks status() first.
  std::vector<Error> mistakes;
  Status status() const {
    return mistakes.empty() ? ok() : Status(tl::unexpected(join_errors(mistakes)));
  }

  const StageSpec* find(std::string_view stage) const;
};

// Reads a file, the files it extends and the overrides ("path=value", see overrides.h). Fails for
// what makes it unreadable: no YAML, unknown references, unknown overrides.
Result<Experiment> load_experiment(const std::filesystem::path& file,
                                   const std::vector<std::string>& overrides = {});

// The same from text; `extends` is relative to the folder of `origin`.
Result<Experiment> parse_experiment(std::string_view text, const std::string& origin,
                                    const std::vector<std::string>& overrides = {});

// The keys of a stage, for messages and overrides.
const std::vector<std::string>& stage_keys();
const std::vector<std::string>& experiment_keys();

}  // namespace unimo
