// JSON documents: the `Json` alias, reading with good errors, canonical text for hashing.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo {

// Keys keep alphabetical order, so that the same content always prints the same text.
using Json = nlohmann::json;

// Parses one document. `origin` (a file name, or "<input>") and the line stand in the error
// message. Refused by name: a byte order mark, a key that stands twice, a number that no double
// holds, lists and objects nested more than 500 deep.
Result<Json> parse_json(std::string_view text, std::string_view origin);

Result<Json> read_json(const std::filesystem::path& path);

// Compact, sorted keys, shortest round-trip numbers: the text that is hashed and compared.
std::string canonical_text(const Json& value);

// Writes indented text and a final newline, atomically (see file.h).
Status write_json(const std::filesystem::path& path, const Json& value);

}  // namespace unimo
