#include "trainer/data/shard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "trainer/data/bytes.h"

namespace unimo::trainer {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kAlignment = 64;
// What a writer keeps of its index: 1.5 MiB.
constexpr std::size_t kIndexInMemory = 65536;
constexpr std::array<char, 8> kMagic = {'U', 'N', 'I', 'M', 'O', 'S', 'H', 'D'};

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kShardVersion;
  std::uint32_t header_bytes = 64;
  std::uint64_t count = 0;
  std::uint64_t index_offset = 0;
  std::uint64_t metadata_bytes = 0;
  std::uint64_t check = 0;  // XXH3-64 of metadata, then index
  std::array<std::byte, 16> zeros = {};
};
static_assert(sizeof(Header) == 64);

struct IndexEntry {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t hash = 0;
};
static_assert(sizeof(IndexEntry) == 24);

constexpr std::uint64_t align_up(std::uint64_t value) {
  return (value + kAlignment - 1) / kAlignment * kAlignment;
}

// The check of the header: of the index, given in parts, seeded with that of the metadata.
class IndexCheck {
 public:
  explicit IndexCheck(std::string_view metadata) {
    XXH3_64bits_reset_withSeed(state_.get(), XXH3_64bits(metadata.data(), metadata.size()));
  }
  void add(std::span<const IndexEntry> index) {
    XXH3_64bits_update(state_.get(), index.data(), index.size_bytes());
  }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_{XXH3_createState()};
};

tl::unexpected<Error> io_failure(std::string_view doing, const fs::path& path) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return fail(code, "{}: cannot {}: {}", path.string(), doing, std::strerror(errno));
}

}  // namespace

struct ShardWriter::File {
  fs::path path;
  std::string beside;
  std::FILE* stream = nullptr;
  std::string metadata;
  std::uint64_t position = 0;
  std::uint64_t count = 0;
  std::FILE* spilled = nullptr;   // the first part of the index; a file without a name
  std::vector<IndexEntry> index;  // the rest

  ~File() {
    if (stream != nullptr) std::fclose(stream);
    if (spilled != nullptr) std::fclose(spilled);
    if (!beside.empty()) ::unlink(beside.c_str());
  }

  Status write(const void* data, std::size_t size) {
    if (size != 0 && std::fwrite(data, 1, size, stream) != size) return io_failure("write", path);
    position += size;
    return ok();
  }

  Status pad() {
    static constexpr std::array<std::byte, kAlignment> kZeros = {};
    return write(kZeros.data(), static_cast<std::size_t>(align_up(position) - position));
  }

  Status remember(const IndexEntry& entry) {
    if (index.size() == kIndexInMemory) UNIMO_TRY(spill());
    index.push_back(entry);
    ++count;
    return ok();
  }

  Status spill() {
    if (spilled == nullptr) UNIMO_TRY(open_spilled());
    if (std::fwrite(index.data(), sizeof(IndexEntry), index.size(), spilled) != index.size())
      return io_failure("write the index of", path);
    index.clear();
    return ok();
  }

  Status open_spilled() {
    std::string name = path.string() + ".indexXXXXXX";
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return io_failure("create the index of", path);
    ::unlink(name.c_str());
    spilled = ::fdopen(fd, "w+b");
    if (spilled != nullptr) return ok();
    ::close(fd);
    return io_failure("open the index of", path);
  }

  // Writes the whole index and gives its check.
  Result<std::uint64_t> write_index() {
    IndexCheck check(metadata);
    if (spilled != nullptr) {
      if (std::fflush(spilled) != 0) return io_failure("write the index of", path);
      std::rewind(spilled);
      std::vector<IndexEntry> part(kIndexInMemory);
      for (std::uint64_t left = count - index.size(); left > 0; left -= part.size()) {
        // It was written in parts of this size.
        if (std::fread(part.data(), sizeof(IndexEntry), part.size(), spilled) != part.size())
          return io_failure("read back the index of", path);
        check.add(part);
        UNIMO_TRY(write(part.data(), part.size() * sizeof(IndexEntry)));
      }
    }
    check.add(index);
    UNIMO_TRY(write(index.data(), index.size() * sizeof(IndexEntry)));
    return check.value();
  }
};

ShardWriter::ShardWriter(std::unique_ptr<File> file) : file_(std::move(file)) {}
ShardWriter::ShardWriter(ShardWriter&&) noexcept = default;
ShardWriter& ShardWriter::operator=(ShardWriter&&) noexcept = default;
ShardWriter::~ShardWriter() = default;

Result<ShardWriter> ShardWriter::create(const fs::path& path, const Json& metadata) {
  UNIMO_CHECK(metadata.is_object() && metadata.contains("schema"),
              "a record file needs the name of its schema: {}", path.string());
  auto file = std::make_unique<File>();
  file->path = path;
  std::string beside = path.string() + ".tmpXXXXXX";
  const int fd = ::mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) return io_failure("create beside it", path);
  file->beside = beside;
  file->stream = ::fdopen(fd, "wb");
  if (file->stream == nullptr) {
    ::close(fd);
    return io_failure("open", path);
  }
  file->metadata = canonical_text(metadata);
  const Header placeholder;
  UNIMO_TRY(file->write(&placeholder, sizeof placeholder));
  UNIMO_TRY(file->write(file->metadata.data(), file->metadata.size()));
  UNIMO_TRY(file->pad());
  return ShardWriter(std::move(file));
}

Status ShardWriter::add(std::span<const std::byte> record) {
  UNIMO_TRY(
      file_->remember({file_->position, record.size(), XXH3_64bits(record.data(), record.size())}));
  UNIMO_TRY(file_->write(record.data(), record.size()));
  return file_->pad();
}

std::size_t ShardWriter::count() const { return static_cast<std::size_t>(file_->count); }

Status ShardWriter::finish() {
  Header header;
  header.count = file_->count;
  header.index_offset = file_->position;
  header.metadata_bytes = file_->metadata.size();
  header.check = UNIMO_TRY(file_->write_index());
  if (std::fseek(file_->stream, 0, SEEK_SET) != 0) return io_failure("seek", file_->path);
  UNIMO_TRY(file_->write(&header, sizeof header));
  if (std::fflush(file_->stream) != 0) return io_failure("write", file_->path);
  if (::fchmod(::fileno(file_->stream), 0644) != 0) return io_failure("chmod", file_->path);
  if (std::fclose(std::exchange(file_->stream, nullptr)) != 0) {
    return io_failure("close", file_->path);
  }
  if (std::rename(file_->beside.c_str(), file_->path.c_str()) != 0) {
    return io_failure("rename", file_->path);
  }
  file_->beside.clear();
  return ok();
}

struct ShardReader::Mapping {
  fs::path path;
  const std::byte* data = nullptr;
  std::size_t size = 0;
  Header header;
  Json metadata;
  std::vector<IndexEntry> index;

  ~Mapping() {
    if (data != nullptr) ::munmap(const_cast<std::byte*>(data), size);
  }
};

namespace {

Status check_header(const Header& header, std::uint64_t size, const std::string& path) {
  if (header.magic != kMagic) {
    return fail(ErrorCode::kIntegrity, "{}: not a record file (it does not begin with UNIMOSHD)",
                path);
  }
  if (header.version != kShardVersion) {
    return fail(ErrorCode::kIntegrity,
                "{}: record file of version {}, this program reads version {}; make it anew", path,
                header.version, kShardVersion);
  }
  if (header.header_bytes != sizeof(Header)) {
    return fail(ErrorCode::kIntegrity, "{}: header of {} bytes where 64 are right", path,
                header.header_bytes);
  }
  const std::uint64_t most_records = size / sizeof(IndexEntry);
  if (header.count > most_records || header.index_offset > size ||
      header.index_offset + header.count * sizeof(IndexEntry) != size) {
    return fail(ErrorCode::kIntegrity,
                "{}: the header promises {} records and their index at byte {}, but the file has "
                "{} bytes; it is "
                "truncated or overwritten, make it anew",
                path, header.count, header.index_offset, size);
  }
  if (header.index_offset < sizeof(Header) ||
      header.metadata_bytes > header.index_offset - sizeof(Header)) {
    return fail(ErrorCode::kIntegrity,
                "{}: metadata of {} bytes do not fit before the index at byte {}", path,
                header.metadata_bytes, header.index_offset);
  }
  return ok();
}

Status check_index(const std::vector<IndexEntry>& index, const Header& header,
                   const std::string& path) {
  std::uint64_t free_from = align_up(sizeof(Header) + header.metadata_bytes);
  for (std::size_t i = 0; i < index.size(); ++i) {
    const IndexEntry& entry = index[i];
    if (entry.offset < free_from || entry.offset % kAlignment != 0) {
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

ShardReader::ShardReader(std::unique_ptr<Mapping> mapping) : mapping_(std::move(mapping)) {}
ShardReader::ShardReader(ShardReader&&) noexcept = default;
ShardReader& ShardReader::operator=(ShardReader&&) noexcept = default;
ShardReader::~ShardReader() = default;

Result<ShardReader> ShardReader::open(const fs::path& path) {
  auto mapping = std::make_unique<Mapping>();
  mapping->path = path;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return io_failure("open", path);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || info.st_size < static_cast<off_t>(sizeof(Header))) {
    ::close(fd);
    return fail(ErrorCode::kIntegrity, "{}: {} bytes are too few for a record file", path.string(),
                info.st_size);
  }
  mapping->size = static_cast<std::size_t>(info.st_size);
  void* address = ::mmap(nullptr, mapping->size, PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  if (address == MAP_FAILED) return io_failure("map", path);
  mapping->data = static_cast<const std::byte*>(address);

  Header& header = mapping->header;
  std::memcpy(&header, mapping->data, sizeof header);
  UNIMO_TRY(check_header(header, mapping->size, path.string()));
  const std::string_view metadata(reinterpret_cast<const char*>(mapping->data) + sizeof(Header),
                                  static_cast<std::size_t>(header.metadata_bytes));
  // The index need not be aligned in a file somebody else wrote, so it is copied.
  mapping->index.resize(static_cast<std::size_t>(header.count));
  const std::size_t index_bytes = mapping->index.size() * sizeof(IndexEntry);
  if (index_bytes != 0) {
    std::memcpy(mapping->index.data(), mapping->data + header.index_offset, index_bytes);
  }
  IndexCheck check(metadata);
  check.add(mapping->index);
  if (check.value() != header.check) {
    return fail(ErrorCode::kIntegrity,
                "{}: metadata or index are not what was written; make the file anew",
                path.string());
  }
  UNIMO_TRY(check_index(mapping->index, header, path.string()));
  mapping->metadata = UNIMO_TRY(parse_json(metadata, path.string()));
  return ShardReader(std::move(mapping));
}

Result<ShardReader> ShardReader::open(const fs::path& path, std::string_view schema) {
  auto reader = UNIMO_TRY(open(path));
  const std::string found = reader.metadata().value("schema", std::string());
  if (found != schema) {
    return fail(ErrorCode::kInvalid, "{}: holds records of schema '{}', wanted '{}'", path.string(),
                found, schema);
  }
  return reader;
}

const Json& ShardReader::metadata() const { return mapping_->metadata; }
const fs::path& ShardReader::path() const { return mapping_->path; }
std::size_t ShardReader::count() const { return mapping_->index.size(); }

std::span<const std::byte> ShardReader::unverified(std::size_t i) const {
  UNIMO_CHECK(i < count(), "record {} of {} in {}", i, count(), path().string());
  const IndexEntry& entry = mapping_->index[i];
  return {mapping_->data + entry.offset, static_cast<std::size_t>(entry.length)};
}

Result<std::span<const std::byte>> ShardReader::record(std::size_t i) const {
  const auto bytes = unverified(i);
  if (XXH3_64bits(bytes.data(), bytes.size()) != mapping_->index[i].hash) {
    return fail(ErrorCode::kIntegrity,
                "{}: record {} ({} bytes at byte {}) is not what was written; make the file anew",
                path().string(), i, bytes.size(), mapping_->index[i].offset);
  }
  return bytes;
}

Status ShardReader::verify() const {
  for (std::size_t i = 0; i < count(); ++i) UNIMO_TRY(record(i));
  return ok();
}

}  // namespace unimo::trainer
