// Any bytes as JSON and as JSON Lines; what is accepted is what nlohmann's parser makes of it, and
// the same whatever the pieces they come in.
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

const unimo::stages::StreamOptions kOptions{.max_element_bytes = 2000};

// Elements as text, and the error at their end.
std::string read_in_pieces(const std::uint8_t* data, std::size_t size, std::size_t at_once) {
  using namespace unimo::stages;
  std::string seen;
  FuzzBytes source(data, size, at_once);
  const auto status = stream_json_views(source, kOptions, [&](const JsonPlace& at, JsonView item) {
    seen +=
        fmt::format("{} {} {} {}: {}\n", at.section, at.index, at.line, at.offset, item.dump(500));
    return unimo::ok();
  });
  return status ? seen : seen + status.error().message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  unimo::Json seen = unimo::Json::object();
  bool list = false;
  FuzzBytes source(data, size, 50);
  const auto status =
      stream_json_views(source, kOptions, [&](const JsonPlace& place, JsonView item) {
        list = list || place.section.empty();
        seen[std::string(place.section)].push_back(item.json());
        if (place.line < 1 || place.offset >= static_cast<std::int64_t>(size)) std::abort();
        (void)item.dump(20);
        return unimo::ok();
      });
  FuzzBytes lines(data, size, 50);
  (void)stream_json_lines(lines, kOptions, [](const JsonPlace&, JsonView item) {
    for (const auto& [key, value] : item.members()) (void)value.id_text();
    return unimo::ok();
  }).has_value();

  const std::size_t at_once = 1 + (size == 0 ? 0 : data[size - 1] % 64U);
  if (read_in_pieces(data, size, size + 1) != read_in_pieces(data, size, at_once)) std::abort();

  const unimo::Json expected = unimo::Json::parse(text, nullptr, /*allow_exceptions=*/false);
  // For nlohmann's parser a document ends at a zero.
  const bool whole = !expected.is_discarded() && text.find('\0') == std::string_view::npos;
  if (!status) {
    if (whole && !is_ours(status.error().message)) std::abort();
    return 0;
  }
  const bool mended = !is_utf8(text) || text.find("\\u") != std::string_view::npos;
  if (!whole && !mended) std::abort();
  if (whole && list && expected.is_array() && seen[""] != expected) std::abort();
  return 0;
}
