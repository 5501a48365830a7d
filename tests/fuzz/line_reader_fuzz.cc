// Any bytes as lines: together with their ends they are the content again.
#include <cstdlib>
#include <string>
#include <vector>

#include "stages/ingest/stream/line_reader.h"
#include "tests/fuzz/fuzz_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  FuzzBytes source(data, size, 7);
  LineReader lines(source, {.max_line_bytes = 1000});
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> fields;
  std::int64_t number = 0;
  LineReader::Line line;
  while (true) {
    const auto more = lines.next(line);
    if (!more.has_value()) return 0;
    if (!*more) break;
    if (line.number != ++number) std::abort();
    if (content.substr(static_cast<std::size_t>(line.offset), line.text.size()) != line.text)
      std::abort();
    split_tabs(line.text, fields);
    std::size_t together = fields.size() - 1;
    for (const std::string_view field : fields) together += field.size();
    if (together != line.text.size()) std::abort();
  }
  std::int64_t feeds = 0;
  for (const char c : content) feeds += c == '\n' ? 1 : 0;
  const bool open_end = !content.empty() && content.back() != '\n' && content != "\xEF\xBB\xBF";
  if (number != feeds + (open_end ? 1 : 0)) std::abort();
  return 0;
}
