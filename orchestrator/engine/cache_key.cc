#include "orchestrator/engine/cache_key.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "orchestrator/base/hash.h"

namespace unimo {

namespace {

constexpr std::size_t kDifferencesShown = 4;
constexpr std::size_t kValueShown = 60;
constexpr std::size_t kDigestShown = 12;

std::string shortened(std::string text) {
  if (text.size() > kValueShown) text = text.substr(0, kValueShown - 3) + "...";
  return text;
}

void compare(const Json& before, const Json& now, const std::string& path,
             std::vector<std::string>& found) {
  if (before == now) return;
  if (before.is_object() && now.is_object()) {
    std::set<std::string> keys;
    for (const auto& [key, value] : before.items()) keys.insert(key);
    for (const auto& [key, value] : now.items()) keys.insert(key);
    for (const std::string& key : keys) {
      const std::string below = path.empty() ? key : path + "." + key;
      if (!before.contains(key)) {
        found.push_back(fmt::format("{}: new, {}", below, shortened(canonical_text(now[key]))));
      } else if (!now.contains(key)) {
        found.push_back(
            fmt::format("{}: gone, was {}", below, shortened(canonical_text(before[key]))));
      } else {
        compare(before[key], now[key], below, found);
      }
    }
    return;
  }
  found.push_back(fmt::format("{}: {} -> {}", path.empty() ? "value" : path,
                              shortened(canonical_text(before)), shortened(canonical_text(now))));
}

std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

void part_differences(const std::string& name, const std::string& before, const std::string& now,
                      std::size_t limit, std::vector<std::string>& found) {
  if (name == "params") {
    const Json old_params = Json::parse(before, nullptr, false);
    const Json new_params = Json::parse(now, nullptr, false);
    for (std::string& line : json_differences(old_params, new_params, limit))
      found.push_back(std::move(line));
  } else if (!name.starts_with("input.")) {
    found.push_back(fmt::format("{}: {} -> {}", name, shortened(before), shortened(now)));
  } else if (line_count(before) != line_count(now)) {
    found.push_back(
        fmt::format("{}: {} items -> {} items", name, line_count(before), line_count(now)));
  } else if (line_count(now) == 1) {
    found.push_back(fmt::format("{}: {} -> {}", name, before.substr(0, kDigestShown),
                                now.substr(0, kDigestShown)));
  } else {
    found.push_back(fmt::format("{}: changed", name));
  }
}

std::vector<std::string> differences(const std::vector<KeyPart>& before,
                                     const std::vector<KeyPart>& now, std::size_t limit) {
  std::map<std::string, std::string> old_values;
  for (const KeyPart& part : before) old_values[part.name] = part.value;
  std::vector<std::string> found;
  for (const KeyPart& part : now) {
    const auto old = old_values.find(part.name);
    if (old == old_values.end()) {
      found.push_back(fmt::format("{}: new", part.name));
      continue;
    }
    if (old->second != part.value)
      part_differences(part.name, old->second, part.value, limit, found);
    old_values.erase(old);
  }
  for (const auto& [name, value] : old_values) found.push_back(fmt::format("{}: gone", name));
  return found;
}

}  // namespace

std::string input_part(const std::vector<KeyItem>& items) {
  std::string text;
  for (const KeyItem& item : items) {
    if (!text.empty()) text += '\n';
    text += item.digest;
    if (item.cell != "{}") text += ' ' + item.cell;
  }
  // Thousands of items would make every consumer's key as long as their list.
  constexpr std::size_t kLongest = 20'000;
  if (text.size() > kLongest) return fmt::format("{} {} items", sha256_hex(text), items.size());
  return text;
}

std::vector<KeyPart> fixed_parts(const Plan& plan, const PlannedTask& task,
                                 const std::string& numerics) {
  const PlannedStage& stage = plan.stage_of(task);
  std::vector<KeyPart> parts;
  parts.push_back({"kind", stage.kind});
  parts.push_back({"version", std::to_string(stage.schema->version)});
  parts.push_back({"params", plan.params_text[task.params]});
  parts.push_back({"seed", std::to_string(task.seed)});
  if (stage.shards > 1)
    parts.push_back({"shard", fmt::format("{} of {}", task.shard, stage.shards)});
  if (stage.schema->numerics) parts.push_back({"numerics", numerics});
  return parts;
}

CacheKey make_key(std::vector<KeyPart> parts) {
  std::sort(parts.begin(), parts.end(),
            [](const KeyPart& a, const KeyPart& b) { return a.name < b.name; });
  Sha256 hash;
  hash.field("format", "unimo.key.1");
  for (const KeyPart& part : parts) hash.field(part.name, part.value);
  return {hash.hex(), std::move(parts)};
}

std::string key_difference(const std::vector<KeyPart>& before, const std::vector<KeyPart>& now) {
  return fmt::format("{}", fmt::join(differences(before, now, kDifferencesShown), "; "));
}

std::vector<std::string> key_differences(const std::vector<KeyPart>& before,
                                         const std::vector<KeyPart>& now) {
  return differences(before, now, std::numeric_limits<std::size_t>::max());
}

std::vector<std::string> json_differences(const Json& before, const Json& now, std::size_t limit) {
  std::vector<std::string> found;
  compare(before, now, "", found);
  if (found.size() > limit) {
    const std::size_t more = found.size() - limit;
    found.resize(limit);
    found.push_back(fmt::format("and {} more", more));
  }
  return found;
}

}  // namespace unimo
