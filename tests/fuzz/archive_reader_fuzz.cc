// Any bytes as an archive, packed or not: members with sound names or an error.
#include <cstdlib>
#include <string>

#include "stages/ingest/stream/archive_reader.h"
#include "tests/fuzz/fuzz_bytes.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const ArchiveLimits limits{.source = {.max_bytes = 1 << 20, .max_ratio = 1000},
                             .max_members = 100,
                             .max_member_bytes = 1 << 20};
  const auto visit = [](const ArchiveMember& member, ByteSource& bytes) -> unimo::Status {
    if (member.name.empty() || member.name.front() == '/' || member.size > 1 << 20) std::abort();
    UNIMO_TRY(read_all(bytes, 1 << 20));
    return unimo::ok();
  };
  FuzzBytes source(data, size, 1 << 16);
  (void)visit_archive(source, limits, visit).has_value();
  if (size > 2 && data[0] == 'P' && data[1] == 'K') {
    const FuzzFile file(data, size);
    (void)visit_archive(file.path(), limits, visit).has_value();
  }
  return 0;
}
