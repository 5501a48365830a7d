// Any bytes as a packed file: bytes or an error, never a crash or a hang; and the same for one
// thread and for three.
#include <cstdlib>
#include <string>
#include <utility>

#include "stages/ingest/stream/byte_source.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

std::pair<std::string, std::string> drain(const std::filesystem::path& path, int threads,
                                          std::size_t at_once) {
  const auto source = unimo::stages::open_source(
      path, {.threads = threads, .max_bytes = 1 << 20, .max_ratio = 1000});
  if (!source) return {"", source.error().message};
  std::string bytes, buffer(at_once, '\0');
  while (true) {
    const auto got = (*source)->read(buffer);
    if (!got) return {bytes, got.error().message};
    if (*got == 0) return {bytes, ""};
    bytes.append(buffer, 0, *got);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const unimo::stages::FuzzFile file(data, size);
  const auto one = drain(file.path(), 1, 1 << 16);
  if (size < 3 || data[0] != 'B' || data[1] != 'Z' || data[2] != 'h') return 0;
  if (drain(file.path(), 3, 999) != one) std::abort();
  return 0;
}
