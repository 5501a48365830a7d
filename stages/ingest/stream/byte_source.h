// The one door for bytes: a file's content, unpacked, in bounded memory.
//
//   auto source = UNIMO_TRY(open_source(path, {.threads = context.job().resources.cores}));
//   while (const std::size_t got = UNIMO_TRY(source->read(buffer))) ...
//
// gzip, bzip2, xz, zstd and plain files are told by their first bytes, never by their name. Files
// of many concatenated streams (multistream dumps) are read to their end; bzip2 streams are
// unpacked by several threads. A file that is cut, damaged, or unpacks to more than the limits
// allow is kInvalid: file, byte offset, remedy.
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
  // Fills what it can of `into`, at least one byte; 0: the end.
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
  // read.
  std::int64_t max_bytes = 4LL << 40;
  double max_ratio = 2000;
};

Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path,
                                                const SourceOptions& options);

// All of it; kInvalid when it is more than `max_bytes`.
Result<std::string> read_all(ByteSource& source, std::int64_t max_bytes);

}  // namespace unimo::stages
