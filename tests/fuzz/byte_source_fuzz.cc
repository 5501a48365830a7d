// Any bytes as a packed file: bytes or an error, never a crash or a hang; and the same whatever the
// size of the reads, for one thread and for three.
#include <cstdlib>
#include <string>
#include <utility>

#include "stages/ingest/stream/byte_source.h"
#include "tests/fuzz/fuzz_bytes.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

constexpr SourceOptions kOptions{.max_bytes = 40'000, .max_ratio = 50, .ratio_from = 15'000};
using Outcome = std::pair<std::string, std::string>;  // bytes, error

Outcome drain(unimo::Result<std::unique_ptr<ByteSource>> source, std::size_t at_once) {
  if (!source) return {"", source.error().message};
  std::string bytes, buffer(at_once, '\0');
  while (true) {
    const auto got = (*source)->read(buffer);
    if (!got) return {bytes, got.error().message};
    if (*got == 0) return {bytes, ""};
    bytes.append(buffer, 0, *got);
  }
}

Outcome drain(const std::uint8_t* data, std::size_t size, std::size_t at_once) {
  FuzzBytes raw(data, size, 1 << 16);
  return drain(unpack(raw, kOptions), at_once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Outcome expected = drain(data, size, 1 << 16);
  const std::size_t at_once = 100 + (size == 0 ? 0 : 97U * data[size - 1]);
  if (drain(data, size, at_once) != expected) std::abort();
  if (size < 3 || data[0] != 'B' || data[1] != 'Z' || data[2] != 'h') return 0;
  if (data[size - 1] % 4 != 0) return 0;  // threads are dear: one in four
  const FuzzFile file(data, size);
  SourceOptions three = kOptions;
  three.threads = 3;
  const Outcome alone = drain(open_source(file.path(), kOptions), 1 << 16);
  if (alone.first != expected.first || drain(open_source(file.path(), three), 999) != alone)
    std::abort();
  return 0;
}
