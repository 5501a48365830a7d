// Reads large JSON lists element by element, so that a file of hundreds of megabytes costs its own
// size and no more.
//
//   stream_json(path, {.skip_keys = {"segmentation"}}, [&](std::string_view section, std::size_t
//   index, Json& item) {
//     if (section == "annotations") ...        // item is annotations[index]
//     return ok();
//   });
//
// The document is an object of lists ("images", "annotations") or one list (section ""). Other
// top-level values are passed over. Bytes that are not UTF-8 become U+FFFD, so that one bad caption
// spoils itself and not the file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::stages {

struct StreamOptions {
  std::set<std::string, std::less<>> skip_keys;  // their values are neither built nor shown
};

// May take the element's content. An error ends the reading and is returned.
using ElementVisitor =
    std::function<Status(std::string_view section, std::size_t index, Json& element)>;

// A syntax error names file and line; so do a byte order mark, UTF-16, NaN, a key that stands
// twice, a file that is compressed, or a document of another shape.
Status stream_json(const std::filesystem::path& path, const StreamOptions& options,
                   const ElementVisitor& visit);

}  // namespace unimo::stages
