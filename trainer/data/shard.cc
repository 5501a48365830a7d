#include "trainer/data/shard.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "trainer/data/record_hash.h"
#include "trainer/data/shard_layout.h"

namespace unimo::trainer {

namespace fs = std::filesystem;

namespace {

// What a writer keeps of its index: 1.5 MiB.
constexpr std::size_t kIndexInMemory = 65536;

}  // namespace

struct ShardWriter::File {
  fs::path path;
  std::string beside;
  std::FILE* stream = nullptr;
  std::string metadata;
  std::uint64_t position = 0;
  std::uint64_t count = 0;
  std::FILE* spilled = nullptr;        // the first part of the index; a file without a name
  std::vector<ShardIndexEntry> index;  // the rest

  ~File() {
    if (stream != nullptr) std::fclose(stream);
    if (spilled != nullptr) std::fclose(spilled);
    if (!beside.empty()) ::unlink(beside.c_str());
  }

  Status write(const void* data, std::size_t size) {
    if (size != 0 && std::fwrite(data, 1, size, stream) != size)
      return shard_io_failure("write", path);
    position += size;
    return ok();
  }

  Status pad() {
    static constexpr std::array<std::byte, kShardAlignment> kZeros = {};
    return write(kZeros.data(), static_cast<std::size_t>(shard_align_up(position) - position));
  }

  Status remember(const ShardIndexEntry& entry) {
    if (index.size() == kIndexInMemory) UNIMO_TRY(spill());
    index.push_back(entry);
    ++count;
    return ok();
  }

  Status spill() {
    if (spilled == nullptr) UNIMO_TRY(open_spilled());
    if (std::fwrite(index.data(), sizeof(ShardIndexEntry), index.size(), spilled) != index.size())
      return shard_io_failure("write the index of", path);
    index.clear();
    return ok();
  }

  Status open_spilled() {
    std::string name = path.string() + ".indexXXXXXX";
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return shard_io_failure("create the index of", path);
    ::unlink(name.c_str());
    spilled = ::fdopen(fd, "w+b");
    if (spilled != nullptr) return ok();
    ::close(fd);
    return shard_io_failure("open the index of", path);
  }

  // Writes the whole index and gives its check.
  Result<std::uint64_t> write_index() {
    ShardIndexCheck check(metadata);
    if (spilled != nullptr) {
      if (std::fflush(spilled) != 0) return shard_io_failure("write the index of", path);
      std::rewind(spilled);
      std::vector<ShardIndexEntry> part(kIndexInMemory);
      for (std::uint64_t left = count - index.size(); left > 0; left -= part.size()) {
        // It was written in parts of this size.
        if (std::fread(part.data(), sizeof(ShardIndexEntry), part.size(), spilled) != part.size())
          return shard_io_failure("read back the index of", path);
        check.add(part);
        UNIMO_TRY(write(part.data(), part.size() * sizeof(ShardIndexEntry)));
      }
    }
    check.add(index);
    UNIMO_TRY(write(index.data(), index.size() * sizeof(ShardIndexEntry)));
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
  if (fd < 0) return shard_io_failure("create beside it", path);
  file->beside = beside;
  file->stream = ::fdopen(fd, "wb");
  if (file->stream == nullptr) {
    ::close(fd);
    return shard_io_failure("open", path);
  }
  file->metadata = canonical_text(metadata);
  const ShardHeader placeholder;
  UNIMO_TRY(file->write(&placeholder, sizeof placeholder));
  UNIMO_TRY(file->write(file->metadata.data(), file->metadata.size()));
  UNIMO_TRY(file->pad());
  return ShardWriter(std::move(file));
}

Status ShardWriter::add(std::span<const std::byte> record) {
  UNIMO_TRY(file_->remember({file_->position, record.size(), record_hash(record)}));
  UNIMO_TRY(file_->write(record.data(), record.size()));
  return file_->pad();
}

std::size_t ShardWriter::count() const { return static_cast<std::size_t>(file_->count); }

Status ShardWriter::finish() {
  ShardHeader header;
  header.count = file_->count;
  header.index_offset = file_->position;
  header.metadata_bytes = file_->metadata.size();
  header.check = UNIMO_TRY(file_->write_index());
  if (std::fseek(file_->stream, 0, SEEK_SET) != 0) return shard_io_failure("seek", file_->path);
  UNIMO_TRY(file_->write(&header, sizeof header));
  if (std::fflush(file_->stream) != 0) return shard_io_failure("write", file_->path);
  if (::fchmod(::fileno(file_->stream), 0644) != 0) return shard_io_failure("chmod", file_->path);
  if (std::fclose(std::exchange(file_->stream, nullptr)) != 0) {
    return shard_io_failure("close", file_->path);
  }
  if (std::rename(file_->beside.c_str(), file_->path.c_str()) != 0) {
    return shard_io_failure("rename", file_->path);
  }
  file_->beside.clear();
  return ok();
}

}  // namespace unimo::trainer
