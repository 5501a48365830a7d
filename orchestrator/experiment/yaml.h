// YAML text to JSON with the line of every value; the only unit that knows yaml-cpp.
//
// The strict part of YAML 1.2 that people can foresee: plain true/false, numbers and null are typed
// (1e-4 is a number), everything else, and all that is quoted, is text (`no` and `yes` too).
// Refused, each with its line: keys that stand twice, keys that are not text, anchors, aliases and
// tags, more than one document, numbers that do not fit, and text that is not UTF-8.
#pragma once

#include <filesystem>
#include <string_view>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "orchestrator/experiment/places.h"

namespace unimo {

struct YamlDocument {
  Json value;
  PlaceMap places;
};

// `origin` is the file name that places and errors show.
Result<YamlDocument> parse_yaml(std::string_view text, const std::string& origin);
Result<YamlDocument> read_yaml(const std::filesystem::path& path);

}  // namespace unimo
