#include "orchestrator/engine/plan.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>

#include "orchestrator/engine/cells.h"
#include "orchestrator/engine/graph.h"
#include "orchestrator/experiment/references.h"
#include "orchestrator/experiment/yaml.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kUnset = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kMaxTasks = 20'000'000;

fs::path expanded(const std::string& written, const fs::path& directory) {
  fs::path path = written;
  if (written == "~" || written.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    if (home != nullptr)
      path = fs::path(home) / written.substr(std::min<std::size_t>(2, written.size()));
  }
  return (path.is_absolute() ? path : directory / path).lexically_normal();
}

class Planner {
 public:
  Planner(const Experiment& experiment, const SchemaTable& schemas, fs::path directory)
      : experiment_(experiment),
        schemas_(schemas),
        directory_(std::move(directory)),
        mistakes_(experiment.places) {}

  Plan run(const Graph& graph, const std::vector<bool>& wanted) {
    for (const std::size_t index : graph.order) {
      if (wanted[index]) add_stage(experiment_.stages[index]);
    }
    return std::move(plan_);
  }

  // What can be said about the stages when their inputs make no graph.
  void check_without_inputs() {
    for (const StageSpec& spec : experiment_.stages) {
      PlannedStage stage{.name = spec.name, .kind = spec.kind, .schema = schemas_.find(spec.kind)};
      stage.cells = cell_count(spec.matrix);
      if (!check_stage(spec, stage)) continue;
      read_resources(spec, stage);
      plan_.stages.push_back(std::move(stage));
      (void)add_params(spec, static_cast<std::uint32_t>(plan_.stages.size() - 1),
                       cell_values(spec.matrix, 0));
    }
  }

  const std::vector<Error>& mistakes() const { return mistakes_.errors(); }

 private:
  void add_stage(const StageSpec& spec) {
    PlannedStage stage{.name = spec.name,
                       .kind = spec.kind,
                       .schema = schemas_.find(spec.kind),
                       .matrix = spec.matrix};
    stage.first_task = static_cast<std::uint32_t>(plan_.tasks.size());
    stage.cells = cell_count(spec.matrix);
    stage.shards = static_cast<std::uint32_t>(spec.shards);
    stage.timeout_s = spec.timeout_s;
    stage.retries = spec.retries;
    const auto index = static_cast<std::uint32_t>(plan_.stages.size());
    if (!check_stage(spec, stage)) {
      stage.cells = stage.shards = 0;  // later stages may still be checked against it
      stages_[spec.name] = index;
      plan_.stages.push_back(std::move(stage));
      return;
    }
    read_resources(spec, stage);
    plan_.stages.push_back(std::move(stage));
    stages_[spec.name] = index;
    add_tasks(spec, index);
  }

  bool check_stage(const StageSpec& spec, const PlannedStage& stage) {
    if (stage.schema == nullptr) {
      if (spec.kind.empty()) return false;  // the experiment says already that it is missing
      const auto close = did_you_mean(spec.kind, schemas_.kinds);
      mistakes_.add(
          spec.path("kind"),
          close ? fmt::format("there is no kind \"{}\", did you mean {}?", spec.kind, *close)
                : fmt::format("there is no kind \"{}\"; the kinds: {}", spec.kind,
                              fmt::join(schemas_.kinds, ", ")));
      return false;
    }
    if (stage.cells == 0 ||
        plan_.tasks.size() + std::uint64_t{stage.cells} * stage.shards > kMaxTasks) {
      mistakes_.add(spec.path("matrix"), fmt::format("this makes more than {} tasks", kMaxTasks));
      return false;
    }
    if (spec.shards > 1 && !stage.schema->shardable) {
      mistakes_.add(spec.path("shards"),
                    fmt::format("the kind {} cannot be split into shards", spec.kind));
    }
    check_matrix_keys(spec);
    return check_input_names(spec, *stage.schema);
  }

  // A key that nothing uses would make cells with equal results.
  void check_matrix_keys(const StageSpec& spec) {
    std::set<std::string> used;
    collect_references(spec.params, used);
    collect_references(spec.seed, used);
    if (spec.seed.is_null()) used.insert("seed");
    for (const auto& [name, sources] : spec.inputs) {
      for (const InputSource& source : sources) collect_references(source.text, used);
    }
    for (const MatrixAxis& axis : spec.matrix) {
      if (used.count(axis.key) != 0) continue;
      mistakes_.add(spec.path("matrix." + axis.key),
                    fmt::format("no parameter, input or seed of the stage uses ${{{}}}", axis.key));
    }
  }

  bool check_input_names(const StageSpec& spec, const StageSchema& schema) {
    std::vector<std::string> known;
    for (const InputSpec& input : schema.inputs) {
      known.push_back(input.name);
      if (input.required && spec.inputs.count(input.name) == 0) {
        mistakes_.add(spec.path("inputs"), fmt::format("the kind {} needs the input \"{}\" ({})",
                                                       spec.kind, input.name, input.description));
      }
    }
    if (schema.any_inputs) return true;
    for (const auto& [name, sources] : spec.inputs) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      mistakes_.add(spec.path("inputs." + name),
                    known.empty() ? fmt::format("the kind {} takes no inputs", spec.kind)
                                  : unknown_key_message(name, known));
    }
    return true;
  }

  void read_resources(const StageSpec& spec, PlannedStage& stage) {
    stage.resources = stage.schema->resources;
    std::vector<FieldError> errors;
    FieldReader reader(spec.resources, spec.path("resources"), errors);
    visit(reader, stage.resources);
    reader.finish();
    for (const FieldError& error : errors) mistakes_.add(error.path, error.message);
  }

  void add_tasks(const StageSpec& spec, std::uint32_t stage) {
    std::set<std::string> param_keys;
    collect_references(spec.params, param_keys);
    const CellView param_view(spec.matrix, param_keys);
    std::vector<std::uint32_t> params(param_view.size(), kUnset);

    std::set<std::string> input_keys;
    for (const auto& [name, sources] : spec.inputs) {
      for (const InputSource& source : sources) collect_references(source.text, input_keys);
    }
    const CellView input_view(spec.matrix, input_keys);
    std::vector<std::uint32_t> inputs(input_view.size(), kUnset);

    const std::uint32_t cells = plan_.stages[stage].cells;
    const std::uint32_t shards = plan_.stages[stage].shards;
    for (std::uint32_t cell = 0; cell < cells; ++cell) {
      std::uint32_t& param = params[param_view.index(cell)];
      if (param == kUnset) param = add_params(spec, stage, param_view.values(cell));
      std::uint32_t& input = inputs[input_view.index(cell)];
      if (input == kUnset) input = add_inputs(spec, stage, input_view.values(cell));
      const std::uint64_t seed = seed_of(spec, cell);
      for (std::uint32_t shard = 0; shard < shards; ++shard) {
        plan_.tasks.push_back({stage, cell, shard, param, input, seed});
      }
    }
  }

  std::uint32_t add_params(const StageSpec& spec, std::uint32_t stage, const Json& values) {
    std::vector<FieldError> errors;
    Json resolved = plan_.stages[stage].schema->resolve(fill_template(spec.params, values), errors);
    for (const FieldError& error : errors) {
      const std::string cell =
          values.empty() ? std::string() : fmt::format(" (in the cell {})", canonical_text(values));
      report_once(spec.path("params") + (error.path.empty() ? "" : "." + error.path), error.message,
                  cell);
    }
    plan_.params_text.push_back(canonical_text(resolved));
    plan_.params.push_back(std::move(resolved));
    return static_cast<std::uint32_t>(plan_.params.size() - 1);
  }

  // One mistake in a template shows in every cell; it is told once.
  void report_once(const std::string& path, const std::string& message, const std::string& cell) {
    if (reported_.insert(path + "\n" + message).second) mistakes_.add(path, message + cell);
  }

  std::uint64_t seed_of(const StageSpec& spec, std::uint32_t cell) {
    Json seed = spec.seed;
    if (seed.is_null()) {
      const CellView view(spec.matrix, {"seed"});
      const Json values = view.values(cell);
      if (values.empty()) return experiment_.seed;
      seed = values["seed"];
    } else if (seed.is_string()) {
      seed = fill_template(seed, cell_values(spec.matrix, cell));
    }
    const bool fits =
        seed.is_number_unsigned() || (seed.is_number_integer() && seed.get<std::int64_t>() >= 0);
    if (fits &&
        seed.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      return seed.get<std::uint64_t>();
    }
    report_once(spec.seed.is_null() ? spec.path("matrix.seed") : spec.path("seed"),
                fmt::format("{} is not a whole number from 0 to 2^63-1", canonical_text(seed)), "");
    return experiment_.seed;
  }

  std::uint32_t input_name(const std::string& name) {
    const auto [found, added] =
        input_names_.emplace(name, static_cast<std::uint32_t>(plan_.input_names.size()));
    if (added) plan_.input_names.push_back(name);
    return found->second;
  }

  std::uint32_t add_inputs(const StageSpec& spec, std::uint32_t stage, const Json& values) {
    std::vector<PlannedInput> list;
    for (const auto& [name, sources] : spec.inputs) {
      std::uint64_t items = 0;
      for (const InputSource& source : sources) {
        const std::uint32_t planned = add_source(source, values);
        if (planned == kUnset) continue;  // already reported
        const std::uint32_t group = plan_.sources[planned].group;
        items += group == PlannedSource::kRaw ? 1 : plan_.groups[group].tasks.size();
        list.push_back({input_name(name), planned});
      }
      check_count(spec, *plan_.stages[stage].schema, name, items);
    }
    plan_.input_lists.push_back(std::move(list));
    return static_cast<std::uint32_t>(plan_.input_lists.size() - 1);
  }

  void check_count(const StageSpec& spec, const StageSchema& schema, const std::string& name,
                   std::uint64_t items) {
    for (const InputSpec& input : schema.inputs) {
      if (input.name != name || input.many || items <= 1) continue;
      const std::string& text = spec.inputs.at(name).front().text;
      report_once(spec.path("inputs." + name),
                  fmt::format("the kind {} takes one artifact here, but \"{}\" has {}; select one, "
                              "such as {}[key=value]",
                              spec.kind, text, items, text),
                  "");
    }
  }

  std::uint32_t add_source(const InputSource& source, const Json& values) {
    if (!source.raw_path.empty()) return add_raw_source(source, fill_text(source.raw_path, values));
    const std::string stage_name = fill_text(source.stage, values);
    const std::uint32_t stage = stages_.at(stage_name);
    const std::uint32_t group = add_group(source, stage, values);
    if (group == kUnset) return kUnset;
    PlannedSource planned;
    planned.group = group;
    planned.sub_path = fill_text(source.sub_path, values);
    planned.place = source.place;
    // Named first: arguments may be evaluated in any order, and the other one gives `planned` away.
    const std::string identity = fmt::format("{}/{}", group, planned.sub_path);
    return remember_source(identity, std::move(planned));
  }

  std::uint32_t add_raw_source(const InputSource& source, const std::string& written) {
    PlannedSource planned;
    planned.raw_path = expanded(written, directory_);
    planned.label = written;
    planned.place = source.place;
    std::error_code error;
    if (!fs::exists(planned.raw_path, error)) {
      report_once(source.place,
                  fmt::format("{}: no such file or folder", planned.raw_path.string()), "");
      return kUnset;
    }
    const std::string identity = "raw " + planned.raw_path.string() + "\n" + written;
    return remember_source(identity, std::move(planned));
  }

  std::uint32_t remember_source(const std::string& identity, PlannedSource planned) {
    const auto [found, added] =
        known_sources_.emplace(identity, static_cast<std::uint32_t>(plan_.sources.size()));
    if (added) plan_.sources.push_back(std::move(planned));
    return found->second;
  }

  std::uint32_t add_group(const InputSource& source, std::uint32_t stage_index,
                          const Json& values) {
    const PlannedStage& stage = plan_.stages[stage_index];
    if (stage.cells == 0) return kUnset;  // it has mistakes of its own
    std::vector<std::int64_t> wanted(stage.matrix.size(), -1);
    std::int64_t shard = -1;
    for (const auto& [key_text, value_text] : source.select) {
      const std::string key = fill_text(key_text, values);
      const std::string value = fill_text(value_text, values);
      const auto axis =
          std::find_if(stage.matrix.begin(), stage.matrix.end(),
                       [&](const MatrixAxis& candidate) { return candidate.key == key; });
      const bool is_shard = axis == stage.matrix.end() && key == "shard" && stage.shards > 1;
      if (!is_shard && axis == stage.matrix.end()) {
        report_unknown_key(source, stage, key);
        return kUnset;
      }
      const std::int64_t found =
          is_shard ? find_shard(stage, value) : find_value(stage_index, *axis, value);
      if (found < 0) {
        report_once(source.place,
                    fmt::format("{} has no task with {}={}{}", stage.name, key, value,
                                is_shard ? "" : values_hint(*axis, value)),
                    "");
        return kUnset;
      }
      (is_shard ? shard : wanted[static_cast<std::size_t>(axis - stage.matrix.begin())]) = found;
    }
    return remember_group(stage_index, wanted, shard);
  }

  void report_unknown_key(const InputSource& source, const PlannedStage& stage,
                          const std::string& key) {
    std::vector<std::string> known;
    for (const MatrixAxis& axis : stage.matrix) known.push_back(axis.key);
    if (stage.shards > 1) known.emplace_back("shard");
    report_once(source.place,
                known.empty() ? fmt::format("{} is a single task; leave [...] out", stage.name)
                              : fmt::format("{}: {}", stage.name, unknown_key_message(key, known)),
                "");
  }

  static std::int64_t find_shard(const PlannedStage& stage, const std::string& value) {
    for (std::uint32_t shard = 0; shard < stage.shards; ++shard) {
      if (std::to_string(shard) == value) return shard;
    }
    return -1;
  }

  // Values are compared as they are written; 1e-4 and 0.0001 are the same.
  std::int64_t find_value(std::uint32_t stage, const MatrixAxis& axis, const std::string& value) {
    const auto key = std::pair(stage, axis.key);
    auto known = axis_values_.find(key);
    if (known == axis_values_.end()) {
      std::map<std::string, std::int64_t> index;
      for (std::size_t i = 0; i < axis.values.size(); ++i) {
        index[plain_text(axis.values[i])] = static_cast<std::int64_t>(i);
      }
      known = axis_values_.emplace(key, std::move(index)).first;
    }
    if (const auto found = known->second.find(value); found != known->second.end())
      return found->second;
    const auto typed = parse_yaml(value, "the value");
    if (!typed || typed->value.is_structured()) return -1;
    const auto found = known->second.find(plain_text(typed->value));
    return found == known->second.end() ? -1 : found->second;
  }

  static std::string values_hint(const MatrixAxis& axis, const std::string& value) {
    std::vector<std::string> known;
    for (std::size_t i = 0; i < std::min<std::size_t>(axis.values.size(), 50); ++i) {
      known.push_back(plain_text(axis.values[i]));
    }
    // Between numbers and single letters nothing is a slip.
    const auto close = value.size() > 2 ? did_you_mean(value, known) : std::nullopt;
    if (close) return fmt::format(", did you mean {}?", *close);
    known.resize(std::min<std::size_t>(known.size(), 12));
    return fmt::format("; its values: {}", fmt::join(known, ", "));
  }

  std::uint32_t remember_group(std::uint32_t stage_index, const std::vector<std::int64_t>& wanted,
                               std::int64_t shard) {
    std::vector<std::int64_t> identity = wanted;
    identity.push_back(stage_index);
    identity.push_back(shard);
    const auto [found, added] =
        known_groups_.emplace(identity, static_cast<std::uint32_t>(plan_.groups.size()));
    if (!added) return found->second;
    const PlannedStage& stage = plan_.stages[stage_index];
    TaskGroup group{stage_index, {}};
    for (const std::uint32_t cell : matching_cells(stage.matrix, wanted)) {
      const std::uint32_t first = stage.first_task + cell * stage.shards;
      if (shard >= 0) {
        group.tasks.push_back(first + static_cast<std::uint32_t>(shard));
      } else {
        for (std::uint32_t i = 0; i < stage.shards; ++i) group.tasks.push_back(first + i);
      }
    }
    plan_.groups.push_back(std::move(group));
    return found->second;
  }

  const Experiment& experiment_;
  const SchemaTable& schemas_;
  const fs::path directory_;
  Mistakes mistakes_;
  Plan plan_;
  std::map<std::string, std::uint32_t, std::less<>> stages_;
  std::map<std::string, std::uint32_t> input_names_;
  std::map<std::string, std::uint32_t> known_sources_;
  std::map<std::vector<std::int64_t>, std::uint32_t> known_groups_;
  std::map<std::pair<std::uint32_t, std::string>, std::map<std::string, std::int64_t>> axis_values_;
  std::set<std::string> reported_;
};

}  // namespace

Json Plan::cell(const PlannedTask& task) const {
  return cell_values(stage_of(task).matrix, task.cell);
}

std::string Plan::name(const PlannedTask& task) const {
  const PlannedStage& stage = stage_of(task);
  std::string inside;
  std::uint32_t block = stage.cells;
  for (const MatrixAxis& axis : stage.matrix) {
    const auto size = static_cast<std::uint32_t>(axis.values.size());
    block /= size;
    if (!inside.empty()) inside += ',';
    inside += axis.key + '=' + plain_text(axis.values[task.cell / block % size]);
  }
  if (stage.shards > 1) inside += fmt::format("{}shard={}", inside.empty() ? "" : ",", task.shard);
  return inside.empty() ? stage.name : stage.name + '[' + inside + ']';
}

Result<Plan> make_plan(const Experiment& experiment, const SchemaTable& schemas,
                       const PlanOptions& options) {
  std::error_code error;
  fs::path directory = options.directory.empty() ? fs::current_path(error) : options.directory;
  Planner planner(experiment, schemas, std::move(directory));
  std::vector<Error> mistakes = experiment.mistakes;
  Plan plan;
  if (const auto graph = build_graph(experiment)) {
    const std::vector<bool> wanted = UNIMO_TRY(wanted_stages(experiment, *graph, options.targets));
    plan = planner.run(*graph, wanted);
  } else {
    mistakes.push_back(graph.error());
    planner.check_without_inputs();
  }
  mistakes.insert(mistakes.end(), planner.mistakes().begin(), planner.mistakes().end());
  if (!mistakes.empty()) return tl::unexpected(join_errors(mistakes));
  return plan;
}

}  // namespace unimo
