#include "stages/ingest/stream/byte_source.h"

#include <algorithm>
#include <cstring>

#include "stages/ingest/stream/bzip2_blocks.h"
#include "stages/ingest/stream/raw_file.h"
#include "stages/ingest/stream/unpacking.h"

namespace unimo::stages {

namespace {

// What is not packed, with the bytes in front that were read to find that out.
class PlainSource : public ByteSource {
 public:
  PlainSource(ByteSource& raw, std::string first, const SourceOptions& options)
      : raw_(raw), first_(std::move(first)), max_bytes_(options.max_bytes) {}

  Result<std::size_t> read(std::span<char> into) override {
    // Up to the limit everything is given, whatever the size of the reads.
    const std::int64_t left = std::max<std::int64_t>(max_bytes_ - given_, 1);
    into = into.first(std::min(into.size(), static_cast<std::size_t>(left)));
    std::size_t got = std::min(into.size(), first_.size() - taken_);
    if (got > 0) {
      std::memcpy(into.data(), first_.data() + taken_, got);
      taken_ += got;
    } else {
      got = UNIMO_TRY(raw_.read(into));
    }
    given_ += static_cast<std::int64_t>(got);
    if (given_ > max_bytes_) {
      return fail(ErrorCode::kInvalid,
                  "{}: has more than {} bytes, the limit; is this the right file?", raw_.name(),
                  max_bytes_);
    }
    return got;
  }
  const std::string& name() const override { return raw_.name(); }
  std::int64_t consumed() const override { return raw_.consumed(); }
  std::int64_t file_size() const override { return raw_.file_size(); }

 private:
  ByteSource& raw_;
  std::string first_;
  std::size_t taken_ = 0;
  std::int64_t given_ = 0, max_bytes_;
};

class UnpackedSource : public ByteSource {
 public:
  UnpackedSource(ByteSource& raw, Packing packing, std::string first, const SourceOptions& options)
      : raw_(raw), unpacking_(raw, packing, options, std::move(first)) {}

  Result<std::size_t> read(std::span<char> into) override { return unpacking_.read(into); }
  const std::string& name() const override { return raw_.name(); }
  std::int64_t consumed() const override { return raw_.consumed(); }
  std::int64_t file_size() const override { return raw_.file_size(); }

 private:
  ByteSource& raw_;
  Unpacking unpacking_;
};

// A file and what unpacks it.
class FileSource : public ByteSource {
 public:
  FileSource(std::unique_ptr<RawFile> file, std::unique_ptr<ByteSource> content)
      : file_(std::move(file)), content_(std::move(content)) {}

  Result<std::size_t> read(std::span<char> into) override { return content_->read(into); }
  const std::string& name() const override { return file_->name(); }
  std::int64_t consumed() const override { return content_->consumed(); }
  std::int64_t file_size() const override { return file_->file_size(); }

 private:
  std::unique_ptr<RawFile> file_;
  std::unique_ptr<ByteSource> content_;
};

Result<std::string> first_bytes(ByteSource& raw) {
  std::string first(kMagicBytes, '\0');
  std::size_t have = 0;
  while (have < first.size()) {
    const std::size_t got = UNIMO_TRY(raw.read({first.data() + have, first.size() - have}));
    if (got == 0) break;
    have += got;
  }
  first.resize(have);
  return first;
}

}  // namespace

Result<std::unique_ptr<ByteSource>> unpack(ByteSource& packed, const SourceOptions& options) {
  std::string first = UNIMO_TRY(first_bytes(packed));
  const Packing packing = packing_of(first);
  std::unique_ptr<ByteSource> source;
  if (packing == Packing::kPlain) {
    source = std::make_unique<PlainSource>(packed, std::move(first), options);
  } else {
    source = std::make_unique<UnpackedSource>(packed, packing, std::move(first), options);
  }
  return source;
}

Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path,
                                                const SourceOptions& options) {
  auto file = UNIMO_TRY(RawFile::open(path));
  std::unique_ptr<ByteSource> content;
  if (options.threads > 1 && file->is_regular() &&
      packing_of(UNIMO_TRY(first_bytes(*file))) == Packing::kBzip2) {
    content = read_bzip2_blocks(*file, options);
  } else {
    if (file->is_regular()) file->seek(0);
    content = UNIMO_TRY(unpack(*file, options));
  }
  std::unique_ptr<ByteSource> source =
      std::make_unique<FileSource>(std::move(file), std::move(content));
  return source;
}

Result<std::string> read_all(ByteSource& source, std::int64_t max_bytes) {
  std::string bytes;
  std::size_t have = 0;
  while (true) {
    bytes.resize(std::max<std::size_t>(2 * have, 64 << 10));
    const std::size_t got = UNIMO_TRY(source.read({bytes.data() + have, bytes.size() - have}));
    if (got == 0) break;
    have += got;
    if (static_cast<std::int64_t>(have) > max_bytes) {
      return fail(ErrorCode::kInvalid, "{}: has more than {} bytes; is this the right file?",
                  source.name(), max_bytes);
    }
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace unimo::stages
