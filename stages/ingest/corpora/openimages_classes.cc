#include "stages/ingest/corpora/openimages_classes.h"

#include <algorithm>
#include <set>

#include "stages/ingest/corpora/csv_reader.h"
#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMaxHierarchyBytes = 64 << 20;  // the real one has 25 KB
constexpr std::size_t kMaxDepth = 64;                  // the real one has five levels

// Null unless the node is an object with this member of this kind.
const Json* member(const Json& node, const char* key, Json::value_t kind) {
  if (!node.is_object()) return nullptr;
  const auto found = node.find(key);
  return found != node.end() && found->type() == kind ? &*found : nullptr;
}

// The id of the later form, or the name of the first; null when the node has neither.
const Json* name_of_node(const Json& node) {
  const Json* id = member(node, "LabelName", Json::value_t::string);
  return id != nullptr ? id : member(node, "name", Json::value_t::string);
}

bool is_class_id(std::string_view text) {
  return text.starts_with("/m/") || text.starts_with("/g/") || text.starts_with("/t/");
}

}  // namespace

Status OpenImagesClasses::read_descriptions(const fs::path& path, Quarantine& quarantine) {
  auto csv = UNIMO_TRY(CsvReader::open(path));
  bool first = true;
  for (CsvReader::Row row; UNIMO_TRY(csv.next(row)); first = false) {
    const bool pair = row.problem.empty() && row.fields.size() == 2;
    if (first && pair && row.fields[0] == "LabelName") continue;  // the header of later releases
    if (!pair || !is_class_id(row.fields[0]) || !is_utf8(row.fields[1])) {
      quarantine.saw(Item::kRegion);
      quarantine.add(Item::kRegion,
                     {csv.place(row), row.fields.empty() ? "" : row.fields[0], "malformed_class",
                      row.problem.empty() ? "must be /m/id,name" : row.problem});
      continue;
    }
    const auto [place, fresh] = names_.emplace(row.fields[0], tidy_blanks(row.fields[1]));
    if (fresh || place->second == tidy_blanks(row.fields[1])) continue;
    quarantine.saw(Item::kRegion);
    quarantine.add(Item::kRegion, {csv.place(row), row.fields[0], "duplicate_class",
                                   fmt::format("is {} already", place->second)});
  }
  if (!names_.empty()) return ok();
  return fail(ErrorCode::kInvalid, "{}: no classes; a line is /m/025dyy,Box", path.string());
}

std::string OpenImagesClasses::name_of(const std::string& id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? std::string() : found->second;
}

std::string OpenImagesClasses::known_name(const std::string& id_or_name) const {
  const std::string name = name_of(id_or_name);
  return name.empty() ? id_or_name : name;
}

Status OpenImagesClasses::read_hierarchy(const fs::path& path) {
  auto source = UNIMO_TRY(open_source(path, {}));
  const auto text = UNIMO_TRY(read_all(*source, kMaxHierarchyBytes));
  const Json root = UNIMO_TRY(parse_json(text, path.string()));
  struct Node {
    const Json* json;
    std::string parent;
    std::size_t depth;
  };
  std::vector<Node> open{{&root, "", 0}};
  while (!open.empty()) {
    const Node node = open.back();
    open.pop_back();
    const Json* name_value = name_of_node(*node.json);
    if (name_value == nullptr || node.depth > kMaxDepth) {
      return fail(ErrorCode::kInvalid,
                  "{}: below {} is a class without LabelName or name, or nested too deep",
                  path.string(), node.parent.empty() ? "the root" : node.parent);
    }
    const auto name = name_value->get<std::string>();
    auto& parents = parents_[name];
    if (!node.parent.empty() &&
        std::find(parents.begin(), parents.end(), node.parent) == parents.end()) {
      parents.push_back(node.parent);
    }
    for (const char* key : {"children", "Subcategory"}) {
      const Json* children = member(*node.json, key, Json::value_t::array);
      if (children == nullptr) continue;
      // The last goes on the stack first, so that the file's order is kept.
      for (auto child = children->rbegin(); child != children->rend(); ++child)
        open.push_back({&*child, name, node.depth + 1});
    }
  }
  return ok();
}

Json OpenImagesClasses::to_json() const {
  std::map<std::string, std::vector<std::string>> parents;  // both sides by name
  for (const auto& [child, list] : parents_) {
    auto& names = parents[known_name(child)];
    for (const std::string& parent : list) names.push_back(known_name(parent));
  }
  Json classes = Json::array();
  std::set<std::string> named;
  const auto add = [&](const std::string& id, const std::string& name) {
    const auto found = parents.find(name);
    classes.push_back(
        {{"id", id},
         {"name", name},
         {"parents", found == parents.end() ? std::vector<std::string>() : found->second}});
    named.insert(name);
  };
  for (const auto& [id, name] : names_) add(id, name);
  for (const auto& [name, list] : parents) {
    if (!named.contains(name)) add("", name);
  }
  return classes;
}

}  // namespace unimo::stages
