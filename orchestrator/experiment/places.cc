#include "orchestrator/experiment/places.h"

#include <algorithm>

namespace unimo {

namespace {

// True for `path` itself and for "path.x" and "path[0]".
bool is_at_or_below(std::string_view candidate, std::string_view path) {
  if (!candidate.starts_with(path)) return false;
  if (candidate.size() == path.size()) return true;
  return candidate[path.size()] == '.' || candidate[path.size()] == '[';
}

}  // namespace

std::string Place::text() const {
  if (line == 0) return file;
  return fmt::format("{}:{}", file, line);
}

Place PlaceMap::find(std::string_view path) const {
  while (true) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second;
    const std::size_t cut = path.find_last_of(".[");
    if (cut == std::string_view::npos) break;
    path = path.substr(0, cut);
  }
  const auto root = places_.find("");
  return root == places_.end() ? Place{} : root->second;
}

void PlaceMap::forget(const std::string& path) {
  for (auto it = places_.lower_bound(path); it != places_.end() && it->first.starts_with(path);) {
    it = is_at_or_below(it->first, path) ? places_.erase(it) : std::next(it);
  }
}

void PlaceMap::merge(const PlaceMap& other) {
  int next = 0;
  for (const auto& [path, place] : places_) next = std::max(next, place.order + 1);
  for (const auto& [path, place] : other.places_) {
    const auto known = places_.find(path);
    Place taken = place;
    taken.order = known == places_.end() ? next + place.order : known->second.order;
    places_[path] = std::move(taken);
  }
}

std::vector<std::string> PlaceMap::in_written_order(std::string_view path,
                                                    std::vector<std::string> keys) const {
  const auto order = [&](const std::string& key) {
    const auto found = places_.find(path.empty() ? key : fmt::format("{}.{}", path, key));
    return found == places_.end() ? 0 : found->second.order;
  };
  std::stable_sort(keys.begin(), keys.end(),
                   [&](const std::string& a, const std::string& b) { return order(a) < order(b); });
  return keys;
}

void Mistakes::add(const std::string& path, std::string_view message) {
  std::string text;
  for (const std::string& part : {places_->find(path).text(), short_path(path)}) {
    if (!part.empty()) text += part + ": ";
  }
  errors_.push_back({ErrorCode::kInvalid, text.append(message)});
}

Status Mistakes::status() const {
  if (errors_.empty()) return ok();
  if (errors_.size() == 1) return tl::unexpected(errors_.front());
  return tl::unexpected(join_errors(errors_));
}

std::string short_path(std::string_view path) {
  if (!path.starts_with("stages.")) return std::string(path);
  std::string shown(path.substr(7));
  const std::size_t stage_end = shown.find('.');
  if (stage_end == std::string::npos) return shown;
  const std::string_view rest = std::string_view(shown).substr(stage_end);
  if (rest.starts_with(".params.")) shown.erase(stage_end, 7);
  return shown;
}

}  // namespace unimo
