// A file's bytes as they lie on the disk. Used by the sources that unpack.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

class RawFile : public ByteSource {
 public:
  static Result<std::unique_ptr<RawFile>> open(const std::filesystem::path& path);
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile() override;

  // kInvalid when the file became shorter than it was when it was opened.
  Result<std::size_t> read(std::span<char> into) override;
  const std::string& name() const override { return name_; }
  std::int64_t consumed() const override { return place_; }
  std::int64_t file_size() const override { return size_; }

  // A pipe is not: it can only be read onwards.
  bool is_regular() const { return regular_; }
  // The next read begins there. Regular files only.
  void seek(std::int64_t place) { place_ = place; }

 private:
  RawFile(int fd, std::string name, std::int64_t size, bool regular)
      : fd_(fd), name_(std::move(name)), size_(size), regular_(regular) {}
  int fd_;
  std::string name_;
  std::int64_t size_, place_ = 0;
  bool regular_;
};

}  // namespace unimo::stages
