// Any bytes as JSON and as JSON Lines; what is accepted is what nlohmann's parser makes of it.
#include <cstdlib>
#include <string>

#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/text/text_check.h"
#include "tests/fuzz/fuzz_bytes.h"

namespace {

// Mistakes for us that are none for nlohmann's parser.
bool is_ours(const std::string& message) {
  for (const char* ours : {"stands twice", "neither an object", "UTF-16", "byte order mark",
                           "too deep", "the limit"}) {
    if (message.find(ours) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  unimo::Json seen = unimo::Json::object();
  bool list = false;
  FuzzBytes source(data, size, 50);
  const StreamOptions options{.max_element_bytes = 2000};
  const auto status =
      stream_json_views(source, options, [&](const JsonPlace& place, JsonView item) {
        list = list || place.section.empty();
        seen[std::string(place.section)].push_back(item.json());
        if (place.line < 1 || place.offset >= static_cast<std::int64_t>(size)) std::abort();
        (void)item.dump(20);
        return unimo::ok();
      });
  FuzzBytes lines(data, size, 50);
  (void)stream_json_lines(lines, options, [](const JsonPlace&, JsonView item) {
    for (const auto& [key, value] : item.members()) (void)value.id_text();
    return unimo::ok();
  }).has_value();

  const unimo::Json expected = unimo::Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const bool whole = !expected.is_discarded();
  if (!status) {
    if (whole && !is_ours(status.error().message)) std::abort();
    return 0;
  }
  const bool mended = !is_utf8(text) || text.find("\\u") != std::string_view::npos;
  if (!whole && !mended) std::abort();
  if (whole && list && expected.is_array() && seen[""] != expected) std::abort();
  return 0;
}
