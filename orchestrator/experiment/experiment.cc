#include "orchestrator/experiment/experiment.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/file.h"
#include "orchestrator/experiment/extends.h"
#include "orchestrator/experiment/input_source.h"
#include "orchestrator/experiment/overrides.h"
#include "orchestrator/experiment/references.h"
#include "orchestrator/experiment/resolve.h"
#include "orchestrator/experiment/yaml.h"

namespace unimo {

namespace {

constexpr std::int64_t kMaxShards = 1'000'000;
constexpr std::int64_t kMaxRetries = 100;

bool is_name(std::string_view text) {
  if (text.empty() || !(std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_'))
    return false;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

std::string shown(const Json& value) {
  std::string text = canonical_text(value);
  return text.size() > 40 ? text.substr(0, 37) + "..." : text;
}

// Reads the checked document; every mistake is kept, what is wrong keeps its default.
class Reader {
 public:
  Reader(const Json& document, const PlaceMap& places, Mistakes& mistakes)
      : document_(document), places_(places), mistakes_(mistakes) {}

  Experiment read() {
    Experiment experiment;
    check_keys(document_, "", experiment_keys());
    read_text(document_, "experiment", "", experiment.name);
    if (!document_.contains("experiment"))
      mistakes_.add("", "the key \"experiment\" (its name) is missing");
    read_text(document_, "description", "", experiment.description);
    std::int64_t seed = 1;
    read_whole(document_, "seed", "", {0, std::numeric_limits<std::int64_t>::max()}, seed);
    experiment.seed = static_cast<std::uint64_t>(seed);
    check_variables();
    read_defaults();
    read_stages(experiment);
    return experiment;
  }

 private:
  struct Limits {
    std::int64_t low, high;
  };

  static std::string at(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  void check_keys(const Json& mapping, const std::string& path,
                  const std::vector<std::string>& known) {
    for (const auto& [key, value] : mapping.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        mistakes_.add(at(path, key), unknown_key_message(key, known));
      }
    }
  }

  void read_text(const Json& mapping, const std::string& key, const std::string& path,
                 std::string& value) {
    const auto found = mapping.find(key);
    if (found == mapping.end()) return;
    if (!found->is_string() || found->get_ref<const std::string&>().empty()) {
      return mistakes_.add(at(path, key), internal::type_mismatch(*found, "a text"));
    }
    value = fill_text(found->get_ref<const std::string&>(), Json::object());
  }

  void read_whole(const Json& mapping, const std::string& key, const std::string& path,
                  Limits limits, std::int64_t& value) {
    const auto found = mapping.find(key);
    if (found == mapping.end()) return;
    if (!found->is_number_integer()) {
      return mistakes_.add(at(path, key), internal::type_mismatch(*found, "a whole number"));
    }
    const bool fits =
        found->is_number_unsigned()
            ? found->get<std::uint64_t>() <= static_cast<std::uint64_t>(limits.high)
            : found->get<std::int64_t>() >= limits.low && found->get<std::int64_t>() <= limits.high;
    if (!fits || found->get<std::int64_t>() < limits.low) {
      return mistakes_.add(at(path, key), fmt::format("{} is out of range, must be {} to {}",
                                                      shown(*found), limits.low, limits.high));
    }
    value = found->get<std::int64_t>();
  }

  void read_timeout(const Json& mapping, const std::string& path, double& value) {
    const auto found = mapping.find("timeout_s");
    if (found == mapping.end()) return;
    if (!found->is_number())
      return mistakes_.add(at(path, "timeout_s"), internal::type_mismatch(*found, "a number"));
    const auto seconds = found->get<double>();
    if (!(seconds >= 0))
      return mistakes_.add(at(path, "timeout_s"),
                           fmt::format("{} is out of range, must be >= 0", seconds));
    value = seconds;
  }

  // The mapping under `key`; null counts as empty.
  const Json* mapping_at(const Json& parent, const std::string& key, const std::string& path) {
    const auto found = parent.find(key);
    if (found == parent.end() || found->is_null()) return nullptr;
    if (found->is_object()) return &*found;
    mistakes_.add(at(path, key), internal::type_mismatch(*found, "a mapping"));
    return nullptr;
  }

  void check_variables() {
    const Json* variables = mapping_at(document_, "variables", "");
    if (variables == nullptr) return;
    for (const auto& [key, value] : variables->items()) {
      const std::string path = at("variables", key);
      if (!is_name(key)) mistakes_.add(path, "a variable's name has letters, digits, _ and - only");
      if (value.is_structured() || value.is_null()) {
        mistakes_.add(path, internal::type_mismatch(value, "a text, a number, true or false"));
      }
    }
  }

  void read_defaults() {
    const Json* defaults = mapping_at(document_, "defaults", "");
    if (defaults == nullptr) return;
    check_keys(*defaults, "defaults", {"resources", "timeout_s", "retries"});
    read_limits(*defaults, "defaults", defaults_);
  }

  void read_limits(const Json& mapping, const std::string& path, StageSpec& stage) {
    if (const Json* resources = mapping_at(mapping, "resources", path))
      stage.resources.update(*resources);
    read_timeout(mapping, path, stage.timeout_s);
    std::int64_t retries = stage.retries;
    read_whole(mapping, "retries", path, {0, kMaxRetries}, retries);
    stage.retries = static_cast<int>(retries);
  }

  void read_stages(Experiment& experiment) {
    const Json* stages = mapping_at(document_, "stages", "");
    if (stages == nullptr || stages->empty())
      return mistakes_.add("", "there are no stages; write at least one under \"stages\"");
    std::vector<std::string> names;
    for (const auto& [name, value] : stages->items()) names.push_back(name);
    for (const std::string& name : places_.in_written_order("stages", std::move(names))) {
      const std::string path = "stages." + name;
      const Json& stage = (*stages)[name];
      if (!is_name(name))
        mistakes_.add(path,
                      "a stage's name has letters, digits, _ and - only, and starts with a letter");
      if (!stage.is_object()) {
        mistakes_.add(path, internal::type_mismatch(stage, "a mapping"));
        continue;
      }
      experiment.stages.push_back(read_stage(name, stage));
    }
  }

  StageSpec read_stage(const std::string& name, const Json& stage) {
    StageSpec spec = defaults_;
    spec.name = name;
    const std::string path = spec.path();
    check_keys(stage, path, stage_keys());
    read_text(stage, "kind", path, spec.kind);
    if (!stage.contains("kind")) mistakes_.add(path, "the key \"kind\" is missing");
    read_limits(stage, path, spec);
    std::int64_t shards = 1;
    read_whole(stage, "shards", path, {1, kMaxShards}, shards);
    spec.shards = static_cast<int>(shards);
    if (const Json* params = mapping_at(stage, "params", path)) spec.params = *params;
    read_matrix(stage, spec);
    read_seed(stage, spec);
    read_inputs(stage, spec);
    return spec;
  }

  void read_matrix(const Json& stage, StageSpec& spec) {
    const Json* matrix = mapping_at(stage, "matrix", spec.path());
    if (matrix == nullptr) return;
    std::vector<std::string> keys;
    for (const auto& [key, values] : matrix->items()) keys.push_back(key);
    for (const std::string& key : places_.in_written_order(spec.path("matrix"), std::move(keys))) {
      const std::string path = spec.path("matrix." + key);
      const Json& values = (*matrix)[key];
      if (!is_name(key) || key == "shard")
        mistakes_.add(path, "a matrix key has letters, digits, _ and - only, and is not \"shard\"");
      if (!values.is_array() || values.empty()) {
        mistakes_.add(path, internal::type_mismatch(values, "a list with at least one value"));
        spec.matrix.push_back({key, {Json("")}});  // so that references to it can still be filled
        continue;
      }
      MatrixAxis axis{key, {}};
      std::set<std::string> seen;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string item = fmt::format("{}[{}]", path, i);
        if (values[i].is_structured() || values[i].is_null()) {
          mistakes_.add(item,
                        internal::type_mismatch(values[i], "a text, a number, true or false"));
        } else if (!seen.insert(plain_text(values[i])).second) {
          mistakes_.add(item, fmt::format("{} stands twice", shown(values[i])));
        }
        axis.values.push_back(fill_template(values[i], Json::object()));
      }
      spec.matrix.push_back(std::move(axis));
    }
  }

  void read_seed(const Json& stage, StageSpec& spec) {
    const auto found = stage.find("seed");
    if (found == stage.end()) return;
    const bool is_template =
        found->is_string() && found->get_ref<const std::string&>().find("${") != std::string::npos;
    const bool is_number = found->is_number_integer() &&
                           (found->is_number_unsigned() || found->get<std::int64_t>() >= 0);
    if (!is_template && !is_number) {
      return mistakes_.add(spec.path("seed"),
                           internal::type_mismatch(*found, "a whole number that is not negative"));
    }
    spec.seed = *found;
  }

  void read_inputs(const Json& stage, StageSpec& spec) {
    const Json* inputs = mapping_at(stage, "inputs", spec.path());
    if (inputs == nullptr) return;
    for (const auto& [name, value] : inputs->items()) {
      const std::string path = spec.path("inputs." + name);
      auto& sources = spec.inputs[name];
      if (!value.is_array()) {
        read_source(value, path, sources);
        continue;
      }
      if (value.empty()) mistakes_.add(path, "the list is empty; leave the input out instead");
      for (std::size_t i = 0; i < value.size(); ++i)
        read_source(value[i], fmt::format("{}[{}]", path, i), sources);
    }
  }

  void read_source(const Json& value, const std::string& path, std::vector<InputSource>& sources) {
    if (value.is_string()) {
      auto source = parse_input_source(value.get_ref<const std::string&>());
      if (!source) return mistakes_.add(path, source.error().message);
      source->place = path;
      return sources.push_back(std::move(*source));
    }
    if (!value.is_object()) {
      return mistakes_.add(
          path,
          internal::type_mismatch(value, "a stage, such as \"pack\", or {path: file or folder}"));
    }
    check_keys(value, path, {"path"});
    const auto raw = value.find("path");
    if (raw == value.end() || !raw->is_string() || raw->get_ref<const std::string&>().empty()) {
      return mistakes_.add(path, "\"path\" must be the text of a file or folder");
    }
    sources.push_back(
        {.text = raw->get<std::string>(), .raw_path = raw->get<std::string>(), .place = path});
  }

  const Json& document_;
  const PlaceMap& places_;
  Mistakes& mistakes_;
  StageSpec defaults_;
};

Result<Experiment> read_document(YamlDocument document, const std::string& origin,
                                 const std::vector<std::string>& overrides) {
  if (!document.value.is_object()) {
    return fail(
        ErrorCode::kInvalid,
        "{}: is not an experiment: it must be a mapping that begins like \"experiment: demo\"",
        origin);
  }
  UNIMO_TRY(merge_extended(document, origin));
  UNIMO_TRY(apply_overrides(document, overrides));
  Mistakes mistakes(document.places);
  Json resolved = resolve_references(document.value, mistakes);
  const bool references_are_fine = mistakes.empty();
  Experiment experiment = Reader(resolved, document.places, mistakes).read();
  if (!references_are_fine) UNIMO_TRY(mistakes.status());
  experiment.mistakes = mistakes.errors();
  experiment.file = origin;
  experiment.resolved = std::move(resolved);
  experiment.places = std::move(document.places);
  return experiment;
}

}  // namespace

std::string StageSpec::path(std::string_view below) const {
  return below.empty() ? "stages." + name : fmt::format("stages.{}.{}", name, below);
}

const StageSpec* Experiment::find(std::string_view stage) const {
  for (const StageSpec& spec : stages) {
    if (spec.name == stage) return &spec;
  }
  return nullptr;
}

const std::vector<std::string>& experiment_keys() {
  static const std::vector<std::string> kKeys{"experiment", "description", "seed",  "variables",
                                              "extends",    "defaults",    "stages"};
  return kKeys;
}

const std::vector<std::string>& stage_keys() {
  static const std::vector<std::string> kKeys{"kind", "inputs",    "params",    "matrix", "shards",
                                              "seed", "resources", "timeout_s", "retries"};
  return kKeys;
}

Result<Experiment> parse_experiment(std::string_view text, const std::string& origin,
                                    const std::vector<std::string>& overrides) {
  return read_document(UNIMO_TRY(parse_yaml(text, origin)), origin, overrides);
}

Result<Experiment> load_experiment(const std::filesystem::path& file,
                                   const std::vector<std::string>& overrides) {
  return read_document(UNIMO_TRY(read_yaml(file)), file.string(), overrides);
}

}  // namespace unimo
