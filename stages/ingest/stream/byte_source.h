// The one door for bytes: a file's content, unpacked, in bounded memory.
//
//   auto source = UNIMO_TRY(open_source(path, {.threads = context.job().resources.cores}));
//   while (const std::size_t got = UNIMO_TRY(source->read(buffer))) ...
//
// gzip, bzip2, xz, zstd and plain files are told by their first bytes, never by their name. Files
// of many concatenated streams (multistream dumps) are read to their end; the blocks of bzip2 files
// are unpacked by several threads, with the same bytes and errors as by one. A file that is cut,
// damaged, goes on after its last stream, shrinks while it is read, or unpacks to more than the
// limits allow is kInvalid: file, byte offset (in the packed file), remedy. What came before the
// damage is given first; an error stays: later reads give it again.
//
// A source belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "orchestrator/base/result.h"

namespace unimo::stages {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills what it can of `into`, at least one byte; 0: the end. `into` is not empty.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
  // For messages: the path, and the member of an archive.
  virtual const std::string& name() const = 0;
  // Bytes of the file on disk read so far and in all, for the progress.
  virtual std::int64_t consumed() const = 0;
  virtual std::int64_t file_size() const = 0;
};

struct SourceOptions {
  int threads = 1;
  // Against bombs: refuse what unpacks to more than this, or to more than max_ratio times what was
  // read. The ratio counts from `ratio_from` bytes on: nothing smaller harms, and short runs of one
  // byte pack that well honestly.
  std::int64_t max_bytes = 4LL << 40;
  double max_ratio = 2000;
  std::int64_t ratio_from = 16 << 20;
};

// kNotFound, kIo, or kInvalid for a folder.
Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path,
                                                const SourceOptions& options);

// The unpacked content of what another source gives, such as an xz file inside a tar file. One
// thread. `packed` must outlive what is returned.
Result<std::unique_ptr<ByteSource>> unpack(ByteSource& packed, const SourceOptions& options);

// All of it; kInvalid when it is more than `max_bytes`.
Result<std::string> read_all(ByteSource& source, std::int64_t max_bytes);

}  // namespace unimo::stages
