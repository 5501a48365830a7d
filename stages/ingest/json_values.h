// Values of JSON elements that may be absent or of another type, which for annotations of the world
// is the same: not usable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stages/ingest/stream/json_view.h"

namespace unimo::stages {

// Nothing when `object` is no object or has no such member. Whole numbers may be written as text of
// digits ("42"), which some releases do.
std::optional<std::int64_t> whole_at(JsonView object, std::string_view key);
std::optional<double> number_at(JsonView object, std::string_view key);
std::optional<std::string> text_at(JsonView object, std::string_view key);

// A picture's side in pixels; 0 when absent or absurd (not within 1 to 999 999).
int side_at(JsonView object, std::string_view key);

// For messages: the value as it stands there, shortened; empty when absent.
std::string shown_at(JsonView object, std::string_view key);

// For messages: `needs a text phrase, is {"region_id":1,"phrase":4}`, shortened.
std::string unlike(std::string_view needed, JsonView item);

}  // namespace unimo::stages
