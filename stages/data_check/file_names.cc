#include "stages/data_check/file_names.h"

#include <algorithm>
#include <string>

namespace unimo::stages {

namespace {

std::string_view without_packing(std::string_view name) {
  for (const std::string_view ending : {".gz", ".bz2", ".xz", ".zst"}) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  name.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  for (std::size_t at = 0; at <= name.size(); ++at) {
    if (matches(pattern, name.substr(at))) return true;
  }
  return false;
}

NameMatch match_name(std::string_view official, std::string_view name) {
  const std::string_view unpacked = without_packing(name);
  if (matches(official, name) || matches(official, unpacked)) return NameMatch::kExact;
  const std::size_t dot = std::min(official.rfind('.'), official.size());
  std::string part(official.substr(0, dot));
  part += ".*";
  part += official.substr(dot);
  return matches(part, name) || matches(part, unpacked) ? NameMatch::kPart : NameMatch::kNone;
}

FolderAndName folder_and_name(std::string_view official) {
  const std::size_t slash = official.find('/');
  if (slash == official.npos) return {{}, official};
  return {official.substr(0, slash), official.substr(slash + 1)};
}

}  // namespace unimo::stages
