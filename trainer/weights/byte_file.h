// A file that is read at given places. It is read and not mapped: a mapped file that somebody cuts
// short while it is used would end the program, a read gives an error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

// Movable. Calls of read() may overlap.
class ByteFile {
 public:
  // kNotFound, or kIo for what cannot be opened or is no regular file.
  static Result<ByteFile> open(const std::filesystem::path& path);
  ByteFile(ByteFile&& other) noexcept;
  ByteFile& operator=(ByteFile&& other) noexcept;
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;
  ~ByteFile();

  const std::filesystem::path& path() const { return path_; }
  std::string name() const { return path_.string(); }
  std::uint64_t size() const { return size_; }  // bytes, when it was opened

  // Fills `out` from `offset` on; kIntegrity when the file has become shorter.
  Status read(std::uint64_t offset, std::span<char> out) const;

  // Gives the descriptor back: read() opens the file for each call from now on. For folders of
  // more files than a process may hold open.
  void release();

 private:
  ByteFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace unimo::trainer
