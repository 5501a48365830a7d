// Reads large JSON documents element by element, packed or not, in the memory of one element.
//
//   stream_json(path, {}, [&](std::string_view section, std::size_t index, Json& item) -> Status {
//     if (section == "annotations") ...        // item is annotations[index]
//     return ok();
//   });
//
// The faster form, which copies nothing (see json_view.h):
//
//   stream_json_views(path, {}, [&](const JsonPlace& place, JsonView item) -> Status {
//     if (place.section == "annotations") ...  // item is annotations[place.index]
//     return ok();
//   });
//
// The document is an object of lists ("images", "annotations"; "data" beside a "version") or one
// list (section ""). What else stands at the top is passed over, or shown as StreamOptions says.
// The brackets of an element are counted where it lies and its bytes parsed by simdjson; memory
// does not grow with the document.
//
// Bytes that are not UTF-8, and escapes of half a character (\ud83d alone), become U+FFFD, so that
// one bad caption spoils itself and not the file. Integers beyond 64 bits become floating-point
// numbers. A key that stands twice in one object is a mistake, also inside of elements: looking for
// it takes a seventh (captions) to a quarter (regions) of the reading by views (bench_json).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/stream/json_view.h"

namespace unimo::stages {

// Where an element stands. The texts live until the visitor returns.
struct JsonPlace {
  std::string_view section;  // the key at the top; "" for a document that is a list, and for lines
  std::string_view key;      // of a member of that object (TopObjects::kMembers); "" otherwise
  std::size_t index = 0;     // in its list, object or file of lines, from 0
  std::int64_t line = 0;     // of its first byte, from 1
  std::int64_t offset = 0;   // unpacked bytes before it
};

// What to do with the top level's values that are objects.
enum class TopObjects {
  kPassOver,  // {"info": {…}, "images": […]}: only the lists matter; numbers and texts go too
  kWhole,  // {"id7": {…}, "id8": {…}}: each value that is no list is an element, with index 0
  kMembers,  // {"annotations": {"id7": {…}, …}}: each member is an element; values that are neither
             // lists nor objects are elements, with index 0
};

struct StreamOptions {
  std::set<std::string, std::less<>>
      skip_keys;  // left out of a Json; a view costs nothing for them
  SourceOptions source;
  TopObjects objects = TopObjects::kPassOver;
  // One element in memory; a longer one is kInvalid. Parsed, it takes up to 14 times this.
  std::size_t max_element_bytes = 16 << 20;
  // Gets what is wrong with an element that could be cut out but not parsed, instead of ending the
  // reading: for the quarantine.
  std::function<Status(const JsonPlace& place, const Error& flaw)> on_bad;
};

// May take the element's content. An error ends the reading and is returned.
using ElementVisitor =
    std::function<Status(std::string_view section, std::size_t index, Json& element)>;
using ViewVisitor = std::function<Status(const JsonPlace& place, JsonView element)>;

// A syntax error names file, line and byte; so do a byte order mark, UTF-16, NaN, a key that stands
// twice, a document that is cut, goes on behind its end, or is of another shape.
Status stream_json(const std::filesystem::path& path, const StreamOptions& options,
                   const ElementVisitor& visit);
Status stream_json_views(const std::filesystem::path& path, const StreamOptions& options,
                         const ViewVisitor& visit);
// For members of archives, and for reading under one's own eyes (ByteSource::consumed).
Status stream_json_views(ByteSource& source, const StreamOptions& options,
                         const ViewVisitor& visit);

// JSON Lines: each line an element, index from 0 without blank lines, which are passed over. A line
// that is no JSON is kInvalid, or goes to on_bad.
Status stream_json_lines(const std::filesystem::path& path, const StreamOptions& options,
                         const ViewVisitor& visit);
Status stream_json_lines(ByteSource& source, const StreamOptions& options,
                         const ViewVisitor& visit);

}  // namespace unimo::stages
