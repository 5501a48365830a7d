#include "orchestrator/experiment/overrides.h"

#include <algorithm>

#include "orchestrator/base/fields.h"
#include "orchestrator/experiment/experiment.h"

namespace unimo {

namespace {

using Path = std::vector<std::string>;

Path split(std::string_view text) {
  Path parts;
  while (true) {
    const std::size_t dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> keys_of(const Json& document, const char* section) {
  std::vector<std::string> keys;
  const auto found = document.find(section);
  if (found == document.end() || !found->is_object()) return keys;
  for (const auto& [key, value] : found->items()) keys.push_back(key);
  return keys;
}

tl::unexpected<Error> unknown(std::string_view what, const std::string& word,
                              const std::vector<std::string>& known) {
  if (const auto close = did_you_mean(word, known)) {
    return fail(ErrorCode::kInvalid, "{} \"{}\" is unknown, did you mean {}?", what, word, *close);
  }
  return fail(ErrorCode::kInvalid, "{} \"{}\" is unknown; known: {}", what, word,
              fmt::join(known, ", "));
}

Result<Path> stage_path(Path path, const std::vector<std::string>& stages) {
  if (path.size() < 2 || !contains(stages, path[1]))
    return unknown("the stage", path.size() < 2 ? "" : path[1], stages);
  if (path.size() < 3) {
    return fail(ErrorCode::kInvalid, "a stage is not set as a whole; set one of its keys: {}",
                fmt::join(stage_keys(), ", "));
  }
  if (!contains(stage_keys(), path[2])) return unknown("the key", path[2], stage_keys());
  return path;
}

// The full path in the document of what the user wrote.
Result<Path> full_path(const Json& document, const std::string& written) {
  Path path = split(written);
  if (contains(path, "") || written.find('[') != std::string::npos) {
    return fail(ErrorCode::kInvalid,
                "\"{}\" is not a path of names with dots; a list is set as a whole", written);
  }
  const std::vector<std::string> stages = keys_of(document, "stages");
  const std::vector<std::string> variables = keys_of(document, "variables");
  if (path[0] == "stages") return stage_path(std::move(path), stages);
  if (path[0] == "variables") {
    if (path.size() != 2 || !contains(variables, path[1])) {
      return unknown("the variable", path.size() < 2 ? "" : path[1], variables);
    }
    return path;
  }
  if (contains(stages, path[0])) {
    if (path.size() > 1 && !contains(stage_keys(), path[1]))
      path.insert(path.begin() + 1, "params");
    path.insert(path.begin(), "stages");
    return stage_path(std::move(path), stages);
  }
  if (path.size() == 1 && contains(variables, path[0])) return Path{"variables", path[0]};
  if (path[0] != "extends" && contains(experiment_keys(), path[0])) return path;
  std::vector<std::string> known = stages;
  known.insert(known.end(), variables.begin(), variables.end());
  known.insert(known.end(), {"seed", "stages", "variables", "defaults"});
  return unknown(path.size() == 1 ? "the variable or key" : "the stage", path[0], known);
}

Status put(Json& document, const Path& path, Json value) {
  Json* place = &document;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (place->is_null()) *place = Json::object();
    if (!place->is_object()) {
      return fail(ErrorCode::kInvalid, "{} is {} in the file, so nothing can be set below it",
                  fmt::join(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(i), "."),
                  canonical_text(*place));
    }
    if (i + 1 == path.size() && value.is_null()) {
      place->erase(path[i]);
      return ok();
    }
    place = &(*place)[path[i]];
  }
  *place = std::move(value);
  return ok();
}

Status apply(YamlDocument& document, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return fail(ErrorCode::kInvalid, "write path=value, such as finetune.optimizer.lr=1e-5");
  }
  const Path path = UNIMO_TRY(full_path(document.value, text.substr(0, equals)));
  const std::string value_text = text.substr(equals + 1);
  YamlDocument value;
  value.value = "";
  if (!value_text.empty()) value = UNIMO_TRY(parse_yaml(value_text, "the value"));
  UNIMO_TRY(put(document.value, path, std::move(value.value)));
  const std::string joined = fmt::format("{}", fmt::join(path, "."));
  Place place{"--set " + text, 0, document.places.find(joined).order};
  document.places.forget(joined);
  document.places.set(joined, std::move(place));
  return ok();
}

}  // namespace

Status apply_overrides(YamlDocument& document, const std::vector<std::string>& overrides) {
  std::vector<Error> errors;
  for (const std::string& text : overrides) {
    if (const auto applied = apply(document, text); !applied) {
      errors.push_back(
          {ErrorCode::kInvalid, fmt::format("--set {}: {}", text, applied.error().message)});
    }
  }
  if (!errors.empty()) return tl::unexpected(join_errors(errors));
  return ok();
}

}  // namespace unimo
