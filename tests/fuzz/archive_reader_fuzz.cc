// Any bytes as an archive, packed or not, and archives in it as OpenWebText has them: members with
// sound names or an error, and the same whatever the size of the reads.
#include <cstdlib>
#include <string>

#include "stages/ingest/stream/archive_reader.h"
#include "stages/ingest/text/peeked_source.h"
#include "tests/fuzz/fuzz_bytes.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

constexpr std::int64_t kMostBytes = 200'000;
const ArchiveLimits kLimits{
    .source = {.max_bytes = kMostBytes, .max_ratio = 50, .ratio_from = 50'000},
    .max_members = 30,
    .max_member_bytes = 100'000};

// Everything that is read, and the error at its end.
class Reading {
 public:
  explicit Reading(std::size_t at_once) : buffer_(at_once, '\0') {}

  void note(const unimo::Status& status) {
    seen_ += status ? "\nend" : "\n" + status.error().message;
  }
  unimo::Status take(const ArchiveMember& member, ByteSource& bytes) {
    if (member.name.empty() || member.name.front() == '/') std::abort();
    if (member.size > kLimits.max_member_bytes) std::abort();
    seen_ += "\n" + member.name + "\n";
    PeekedSource source(bytes);
    const auto head = UNIMO_TRY(source.peek(4));
    if (depth_ < 2 && (head == "PK\x03\x04" || head.starts_with("\x1F\x8B"))) {
      ++depth_;
      const auto status = visit_archive(source, kLimits, visitor());
      --depth_;
      note(status);
      return status;
    }
    while (true) {
      auto got = source.read(buffer_);
      if (!got) seen_ += "\n" + got.error().message;
      const std::size_t count = UNIMO_TRY(std::move(got));
      if (count == 0) return unimo::ok();
      seen_.append(buffer_, 0, count);
    }
  }
  MemberVisitor visitor() {
    return [this](const ArchiveMember& member, ByteSource& bytes) { return take(member, bytes); };
  }
  const std::string& seen() const { return seen_; }

 private:
  std::string buffer_, seen_;
  int depth_ = 0;
};

std::string walk(const std::uint8_t* data, std::size_t size, std::size_t at_once) {
  Reading reading(at_once);
  FuzzBytes source(data, size, 1 << 16);
  reading.note(visit_archive(source, kLimits, reading.visitor()));
  return reading.seen();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t at_once = 50 + (size == 0 ? 0 : 31U * data[size / 2]);
  if (walk(data, size, 1 << 16) != walk(data, size, at_once)) std::abort();
  if (size > 2 && data[0] == 'P' && data[1] == 'K') {
    const FuzzFile file(data, size);
    Reading reading(1 << 16);
    reading.note(visit_archive(file.path(), kLimits, reading.visitor()));
  }
  return 0;
}
