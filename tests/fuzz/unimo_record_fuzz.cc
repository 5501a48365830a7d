#include <cstdlib>

#include "stages/ingest/base64.h"
#include "stages/ingest/benchmarks/unimo_format.h"

namespace {

// What was parsed and written is parsed and written the same again.
template <class Parse>
void check(Parse parse, std::string_view line) {
  const auto record = parse(line, "fuzz:1");
  if (!record) return;
  const std::string once = unimo::stages::format_unimo(*record);
  const auto again = parse(once, "fuzz:1");
  if (!again || unimo::stages::format_unimo(*again) != once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  check(parse_unimo_caption, line);
  check(parse_unimo_tags, line);
  check(parse_unimo_entailment, line);
  check(parse_unimo_retrieval, line);
  const auto bytes = from_base64(line);
  if (bytes && to_base64(*bytes) != line) std::abort();
  return 0;
}
