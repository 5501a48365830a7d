#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "trainer/data/load_clock.h"
#include "trainer/data/record_hash.h"
#include "trainer/data/shard.h"
#include "trainer/data/shard_layout.h"

namespace unimo::trainer {

namespace fs = std::filesystem;

struct ShardReader::File {
  fs::path path;
  ShardAccess access = ShardAccess::kMap;
  int fd = -1;                        // kRead: stays open
  const std::byte* mapped = nullptr;  // kMap
  std::size_t size = 0;
  ShardHeader header;
  Json metadata;
  std::vector<ShardIndexEntry> index;

  ~File() {
    if (mapped != nullptr) ::munmap(const_cast<std::byte*>(mapped), size);
    if (fd >= 0) ::close(fd);
  }

  // Fills `out` from the file's bytes at `offset`.
  Status read(void* out, std::size_t count, std::uint64_t offset) const {
    auto* next = static_cast<std::byte*>(out);
    while (count > 0) {
      const ssize_t got = ::pread(fd, next, count, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return shard_io_failure("read", path);
      if (got == 0) {
        return fail(ErrorCode::kIntegrity,
                    "{}: ends at byte {} where more was written; restore or make the file anew",
                    path.string(), offset);
      }
      next += got;
      offset += static_cast<std::uint64_t>(got);
      count -= static_cast<std::size_t>(got);
    }
    return ok();
  }

  Status open_and_check();
  Status map();
};

namespace {

Status check_header(const ShardHeader& header, std::uint64_t size, const std::string& path) {
  if (header.magic != kShardMagic) {
    return fail(ErrorCode::kIntegrity, "{}: not a record file (it does not begin with UNIMOSHD)",
                path);
  }
  if (header.version != kShardVersion) {
    return fail(ErrorCode::kIntegrity,
                "{}: record file of version {}, this program reads version {}; make it anew", path,
                header.version, kShardVersion);
  }
  if (header.header_bytes != sizeof(ShardHeader)) {
    return fail(ErrorCode::kIntegrity, "{}: header of {} bytes where 64 are right", path,
                header.header_bytes);
  }
  const std::uint64_t most_records = size / sizeof(ShardIndexEntry);
  if (header.count > most_records || header.index_offset > size ||
      header.index_offset + header.count * sizeof(ShardIndexEntry) != size) {
    return fail(ErrorCode::kIntegrity,
                "{}: the header promises {} records and their index at byte {}, but the file has "
                "{} bytes; it is "
                "truncated or overwritten, make it anew",
                path, header.count, header.index_offset, size);
  }
  if (header.index_offset < sizeof(ShardHeader) ||
      header.metadata_bytes > header.index_offset - sizeof(ShardHeader)) {
    return fail(ErrorCode::kIntegrity,
                "{}: metadata of {} bytes do not fit before the index at byte {}", path,
                header.metadata_bytes, header.index_offset);
  }
  return ok();
}

Status check_index(const std::vector<ShardIndexEntry>& index, const ShardHeader& header,
                   const std::string& path) {
  std::uint64_t free_from = shard_align_up(sizeof(ShardHeader) + header.metadata_bytes);
  for (std::size_t i = 0; i < index.size(); ++i) {
    const ShardIndexEntry& entry = index[i];
    if (entry.offset < free_from || entry.offset % kShardAlignment != 0) {
      return fail(ErrorCode::kIntegrity,
                  "{}: record {} begins at byte {}, inside what comes before it or unaligned", path,
                  i, entry.offset);
    }
    if (entry.offset > header.index_offset || entry.length > header.index_offset - entry.offset) {
      return fail(ErrorCode::kIntegrity,
                  "{}: record {} of {} bytes at byte {} reaches past the body's end at {}", path, i,
                  entry.length, entry.offset, header.index_offset);
    }
    free_from = entry.offset + entry.length;
  }
  return ok();
}

}  // namespace

Status ShardReader::File::map() {
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) return shard_io_failure("map", path);
  mapped = static_cast<const std::byte*>(address);
  ::close(std::exchange(fd, -1));
  return ok();
}

Status ShardReader::File::open_and_check() {
  fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return shard_io_failure("open", path);
  struct stat info {};
  if (::fstat(fd, &info) != 0) return shard_io_failure("look at", path);
  if (info.st_size < static_cast<off_t>(sizeof(ShardHeader))) {
    return fail(ErrorCode::kIntegrity, "{}: {} bytes are too few for a record file", path.string(),
                info.st_size);
  }
  size = static_cast<std::size_t>(info.st_size);
  UNIMO_TRY(read(&header, sizeof header, 0));
  UNIMO_TRY(check_header(header, size, path.string()));
  std::string text(static_cast<std::size_t>(header.metadata_bytes), '\0');
  UNIMO_TRY(read(text.data(), text.size(), sizeof header));
  index.resize(static_cast<std::size_t>(header.count));
  UNIMO_TRY(read(index.data(), index.size() * sizeof(ShardIndexEntry), header.index_offset));
  ShardIndexCheck check(text);
  check.add(index);
  if (check.value() != header.check) {
    return fail(ErrorCode::kIntegrity,
                "{}: metadata or index are not what was written; make the file anew",
                path.string());
  }
  UNIMO_TRY(check_index(index, header, path.string()));
  metadata = UNIMO_TRY(parse_json(text, path.string()));
  return ok();
}

namespace {

// Of one thread: what its last record was read into. Not initialised, and it only grows.
class RecordSpace {
 public:
  std::byte* of(std::size_t count) {
    if (count > capacity_) {
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(count);
      capacity_ = count;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
};

// A mapped file is read when its pages are touched: done here, that waiting counts as reading and
// not as what is done with the bytes.
void touch(std::span<const std::byte> bytes) {
  constexpr std::size_t kPage = 4096;
  const volatile std::byte* first = bytes.data();
  for (std::size_t i = 0; i < bytes.size(); i += kPage) static_cast<void>(first[i]);
}

}  // namespace

ShardReader::ShardReader(std::unique_ptr<File> file) : file_(std::move(file)) {}
ShardReader::ShardReader(ShardReader&&) noexcept = default;
ShardReader& ShardReader::operator=(ShardReader&&) noexcept = default;
ShardReader::~ShardReader() = default;

Result<ShardReader> ShardReader::open(const fs::path& path, ShardAccess access) {
  auto file = std::make_unique<File>();
  file->path = path;
  file->access = access;
  UNIMO_TRY(file->open_and_check());
  if (access == ShardAccess::kMap) UNIMO_TRY(file->map());
  return ShardReader(std::move(file));
}

Result<ShardReader> ShardReader::open(const fs::path& path, std::string_view schema,
                                      ShardAccess access) {
  auto reader = UNIMO_TRY(open(path, access));
  const std::string found = reader.metadata().value("schema", std::string());
  if (found != schema) {
    return fail(ErrorCode::kInvalid, "{}: holds records of schema '{}', wanted '{}'", path.string(),
                found, schema);
  }
  return reader;
}

const Json& ShardReader::metadata() const { return file_->metadata; }
const fs::path& ShardReader::path() const { return file_->path; }
std::size_t ShardReader::count() const { return file_->index.size(); }

std::span<const std::byte> ShardReader::unverified(std::size_t i) const {
  UNIMO_CHECK(i < count() && file_->mapped != nullptr, "record {} of {} in {}, which is {}", i,
              count(), path().string(), file_->mapped != nullptr ? "mapped" : "not mapped");
  const ShardIndexEntry& entry = file_->index[i];
  return {file_->mapped + entry.offset, static_cast<std::size_t>(entry.length)};
}

Result<std::span<const std::byte>> ShardReader::bytes_of(std::size_t i) const {
  const LoadTimer timer(LoadPart::kRead);
  if (file_->mapped != nullptr) {
    const auto bytes = unverified(i);
    touch(bytes);
    return bytes;
  }
  UNIMO_CHECK(i < count(), "record {} of {} in {}", i, count(), path().string());
  thread_local RecordSpace space;
  const ShardIndexEntry& entry = file_->index[i];
  const auto length = static_cast<std::size_t>(entry.length);
  std::byte* to = space.of(length);
  const Status done = file_->read(to, length, entry.offset);
  if (!done) return fail(done.error().code, "record {}: {}", i, done.error().message);
  return std::span<const std::byte>(to, length);
}

Result<std::span<const std::byte>> ShardReader::record(std::size_t i) const {
  const auto bytes = UNIMO_TRY(bytes_of(i));
  const LoadTimer timer(LoadPart::kVerify);
  if (record_hash(bytes) != file_->index[i].hash) {
    return fail(ErrorCode::kIntegrity,
                "{}: record {} ({} bytes at byte {}) is not what was written; make the file anew",
                path().string(), i, bytes.size(), file_->index[i].offset);
  }
  return bytes;
}

Status ShardReader::verify() const {
  for (std::size_t i = 0; i < count(); ++i) UNIMO_TRY(record(i));
  return ok();
}

}  // namespace unimo::trainer
