// OpenImages' classes: machine ids ("/m/01g317"), what they are called, and what they are kinds of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/ingest/quarantine.h"

namespace unimo::stages {

class OpenImagesClasses {
 public:
  // class-descriptions*.csv or dict.csv: "/m/025dyy,Box", with or without a header. A second name
  // of an id goes to the quarantine (duplicate_class).
  Status read_descriptions(const std::filesystem::path& path, Quarantine& quarantine);
  // bbox_labels_hierarchy.json in either form: {"name", "children"} of the first release, or
  // {"LabelName", "Subcategory", "Part"}.
  Status read_hierarchy(const std::filesystem::path& path);

  bool empty() const { return names_.empty(); }
  // Empty when there is no description of the id.
  std::string name_of(const std::string& id) const;

  // [{"id", "name", "parents": [names]}] in the order of the ids, then of the names without one.
  Json to_json() const;

 private:
  std::string known_name(const std::string& id_or_name) const;
  std::map<std::string, std::string> names_;                 // by id
  std::map<std::string, std::vector<std::string>> parents_;  // by name
};

}  // namespace unimo::stages
