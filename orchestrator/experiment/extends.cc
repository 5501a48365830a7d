#include "orchestrator/experiment/extends.h"

#include <algorithm>
#include <vector>

namespace unimo {

namespace fs = std::filesystem;

namespace {

void merge_values(Json& under, PlaceMap& places, const Json& over, const std::string& path) {
  for (const auto& [key, value] : over.items()) {
    const std::string below = path.empty() ? key : path + "." + key;
    const auto found = under.find(key);
    if (found != under.end() && found->is_object() && value.is_object()) {
      merge_values(*found, places, value, below);
      continue;
    }
    if (found != under.end()) places.forget(below);
    if (value.is_null() && found != under.end()) {
      under.erase(key);
    } else {
      under[key] = value;
    }
  }
}

Result<std::vector<std::string>> parents_of(const YamlDocument& document) {
  const auto found = document.value.find("extends");
  std::vector<std::string> parents;
  if (found == document.value.end()) return parents;
  const Json list = found->is_array() ? *found : Json::array({*found});
  for (const Json& item : list) {
    if (!item.is_string() || item.get_ref<const std::string&>().empty()) {
      return fail(ErrorCode::kInvalid,
                  "{}: extends: {} is not the path of a file, or a list of them",
                  document.places.find("extends").text(), canonical_text(item));
    }
    parents.push_back(item);
  }
  return parents;
}

Status merge_with_chain(YamlDocument& document, const fs::path& file,
                        std::vector<fs::path>& chain) {
  if (!document.value.is_object()) return ok();  // reported by the reader of the experiment
  const std::vector<std::string> parents = UNIMO_TRY(parents_of(document));
  if (parents.empty()) return ok();
  const std::string place = document.places.find("extends").text();
  document.value.erase("extends");
  document.places.forget("extends");
  YamlDocument merged{Json::object(), {}};
  for (const std::string& name : parents) {
    const fs::path parent = (file.parent_path() / name).lexically_normal();
    std::error_code error;
    const fs::path identity = fs::weakly_canonical(parent, error);
    if (std::find(chain.begin(), chain.end(), identity) != chain.end()) {
      std::string circle;
      for (const fs::path& link : chain) circle += link.filename().string() + " -> ";
      return fail(ErrorCode::kInvalid, "{}: extends runs in a circle: {}{}", place, circle,
                  identity.filename().string());
    }
    auto base = read_yaml(parent);
    if (!base && base.error().code == ErrorCode::kNotFound) {
      return fail(ErrorCode::kInvalid, "{}: extends: {}: no such file", place, parent.string());
    }
    if (!base) return tl::unexpected(base.error());
    if (!base->value.is_object()) {
      return fail(ErrorCode::kInvalid, "{}: is not an experiment: it must be a mapping",
                  parent.string());
    }
    chain.push_back(identity);
    UNIMO_TRY(merge_with_chain(*base, parent, chain));
    chain.pop_back();
    merge_values(merged.value, merged.places, base->value, "");
    merged.places.merge(base->places);
  }
  merge_values(merged.value, merged.places, document.value, "");
  merged.places.merge(document.places);
  document = std::move(merged);
  return ok();
}

}  // namespace

Status merge_extended(YamlDocument& document, const fs::path& file) {
  std::error_code error;
  std::vector<fs::path> chain{fs::weakly_canonical(file, error)};
  return merge_with_chain(document, file, chain);
}

}  // namespace unimo
