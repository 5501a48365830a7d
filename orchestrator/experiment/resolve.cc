#include "orchestrator/experiment/resolve.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"
#include "orchestrator/experiment/references.h"

namespace unimo {

namespace {

std::vector<std::string> keys_of(const Json& mapping) {
  std::vector<std::string> keys;
  if (!mapping.is_object()) return keys;
  for (const auto& [key, value] : mapping.items()) keys.push_back(key);
  return keys;
}

const Json& section(const Json& document, const char* key) {
  static const Json kNothing = Json::object();
  const auto found = document.find(key);
  return found != document.end() && found->is_object() ? *found : kNothing;
}

// The value at "optimizer.lr" inside `params`.
const Json* value_at(const Json& params, std::string_view path) {
  const Json* value = &params;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    if (!value->is_object()) return nullptr;
    const auto found = value->find(std::string(path.substr(0, dot)));
    if (found == value->end()) return nullptr;
    value = &*found;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return value;
}

class Resolver {
 public:
  Resolver(const Json& document, Mistakes& mistakes)
      : document_(document),
        variables_(section(document, "variables")),
        stages_(section(document, "stages")),
        mistakes_(mistakes) {}

  Json resolve() {
    Json resolved = document_;
    for (const auto& [key, value] : variables_.items()) {
      resolved["variables"][key] = replace_references(
          value, "variables." + key, [this](const std::string& name) { return variable(name); },
          mistakes_);
    }
    for (const auto& [name, stage] : stages_.items())
      resolved["stages"][name] = resolve_stage(name, stage);
    return resolved;
  }

 private:
  Json resolve_stage(const std::string& name, const Json& stage) {
    if (!stage.is_object()) return stage;
    const Json& matrix = section(stage, "matrix");
    const std::string path = "stages." + name;
    const ReferenceLookup lookup = [&](const std::string& reference) {
      return find(reference, name, matrix);
    };
    const ReferenceLookup fixed = [&](const std::string& reference) {
      return find(reference, name, Json::object());
    };
    Json resolved = Json::object();
    for (const auto& [key, value] : stage.items()) {
      const bool may_vary = key == "params" || key == "inputs" || key == "seed";
      resolved[key] =
          replace_references(value, path + "." + key, may_vary ? lookup : fixed, mistakes_);
    }
    return resolved;
  }

  // For a text of stage `stage`, whose matrix keys are left for later.
  Result<std::optional<Json>> find(const std::string& name, const std::string& stage,
                                   const Json& matrix) {
    const std::string key = name.starts_with("matrix.") ? name.substr(7) : name;
    if (matrix.contains(key)) return std::optional<Json>();
    if (const auto parameter = UNIMO_TRY(stage_parameter(name, matrix))) return parameter;
    if (const auto known = find_global(name)) return *known;
    return unknown(name, stage, keys_of(matrix));
  }

  std::optional<Result<std::optional<Json>>> find_global(const std::string& name) {
    const std::string key = name.starts_with("variables.") ? name.substr(10) : name;
    if (variables_.contains(key)) return variable(key);
    if (name == "seed")
      return Result<std::optional<Json>>(std::optional<Json>(document_.value("seed", Json(1))));
    if (name == "experiment" && document_.contains("experiment")) {
      return Result<std::optional<Json>>(std::optional<Json>(document_["experiment"]));
    }
    return std::nullopt;
  }

  // Variables may use variables; a circle is a mistake.
  Result<std::optional<Json>> variable(const std::string& name) {
    const std::string key = name.starts_with("variables.") ? name.substr(10) : name;
    const auto found = variables_.find(key);
    if (found == variables_.end()) {
      if (name == "seed" || name == "experiment") return *find_global(name);
      return unknown(name, "", {});
    }
    if (!open_.insert(key).second) {
      return fail(ErrorCode::kInvalid, "the variable {} refers to itself", key);
    }
    Mistakes inside{kNoPlaces};
    Json value = replace_references(
        *found, "variables." + key, [this](const std::string& inner) { return variable(inner); },
        inside);
    open_.erase(key);
    if (!inside.empty())
      return fail(ErrorCode::kInvalid, "the variable {} has a mistake of its own", key);
    // What is final is a plain value again: an escaped "${" is escaped once more where it is put.
    return std::optional<Json>(fill_template(value, Json::object()));
  }

  // "pack.params.max_rows", with or without "stages." before it.
  Result<std::optional<Json>> stage_parameter(const std::string& name, const Json& matrix) {
    const std::string path = name.starts_with("stages.") ? name.substr(7) : name;
    const std::size_t dot = path.find('.');
    const std::string stage = path.substr(0, dot);
    const auto found = stages_.find(stage);
    if (dot == std::string::npos || found == stages_.end() || !found->is_object())
      return std::optional<Json>();
    const std::string rest = path.substr(dot + 1);
    if (!rest.starts_with("params.")) {
      return fail(ErrorCode::kInvalid,
                  "${{{}}}: only parameters of a stage can be referred to, as {}.params.name", name,
                  stage);
    }
    const Json* value = value_at(section(*found, "params"), rest.substr(7));
    if (value == nullptr) {
      return fail(ErrorCode::kInvalid,
                  "${{{}}}: the stage {} does not set this parameter in the file; write it there "
                  "to refer to it",
                  name, stage);
    }
    if (!open_.insert(path).second)
      return fail(ErrorCode::kInvalid, "${{{}}} refers to itself", name);
    Mistakes inside{kNoPlaces};
    const ReferenceLookup lookup = [&](const std::string& inner) {
      return find(inner, stage, matrix);
    };
    Json resolved = replace_references(*value, "", lookup, inside);
    open_.erase(path);
    if (!inside.empty())
      return fail(ErrorCode::kInvalid, "${{{}}}: {}", name, inside.status().error().message);
    std::set<std::string> needed;
    collect_references(resolved, needed);
    if (needed.empty()) return std::optional<Json>(fill_template(resolved, Json::object()));
    return fail(ErrorCode::kInvalid,
                "${{{}}} depends on the matrix key {} of {}; refer to something fixed", name,
                *needed.begin(), stage);
  }

  tl::unexpected<Error> unknown(const std::string& name, const std::string& stage,
                                std::vector<std::string> known) const {
    for (const std::string& key : keys_of(variables_)) known.push_back(key);
    known.insert(known.end(), {"seed", "experiment"});
    for (const auto& [other, spec] : stages_.items()) {
      if (other == stage || !spec.is_object()) continue;
      for (const std::string& key : keys_of(section(spec, "params")))
        known.push_back(other + ".params." + key);
    }
    if (const auto close = did_you_mean(name, known)) {
      return fail(ErrorCode::kInvalid, "${{{}}} is unknown, did you mean ${{{}}}?", name, *close);
    }
    known.resize(std::min<std::size_t>(known.size(), 12));
    return fail(ErrorCode::kInvalid,
                "${{{}}} is unknown; known: {} (write $${{ for the two characters)", name,
                fmt::join(known, ", "));
  }

  static inline const PlaceMap kNoPlaces;
  const Json& document_;
  const Json& variables_;
  const Json& stages_;
  Mistakes& mistakes_;
  std::set<std::string> open_;  // what is being resolved, to notice circles
};

}  // namespace

Json resolve_references(const Json& document, Mistakes& mistakes) {
  return Resolver(document, mistakes).resolve();
}

}  // namespace unimo
