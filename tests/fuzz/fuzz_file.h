// Gives readers that take a path the bytes of a fuzzer, without touching a disk.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "orchestrator/base/file.h"

namespace unimo::stages {

// A file in memory that lives as long as this.
class FuzzFile {
 public:
  FuzzFile(const std::uint8_t* data, std::size_t size) : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (fd_ < 0 || ::write(fd_, data, size) != static_cast<ssize_t>(size)) std::abort();
    if (::lseek(fd_, 0, SEEK_SET) != 0) std::abort();
  }
  ~FuzzFile() { ::close(fd_); }
  FuzzFile(const FuzzFile&) = delete;
  FuzzFile& operator=(const FuzzFile&) = delete;
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

// A folder in memory, where the machine has one, for readers that look at names or write files.
class FuzzFolder {
 public:
  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    const auto file = path() / name;
    if (!write_file(file, bytes)) std::abort();
    return file;
  }

 private:
  static std::filesystem::path parent() {
    return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "";
  }
  TempDir folder_ = TempDir::make("unimo-fuzz-", parent()).value();
};

inline std::string_view fuzz_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Two files in one input: what stands before and after the first byte of this value.
inline std::pair<std::string_view, std::string_view> fuzz_two_texts(std::string_view text,
                                                                    char between = '\x1D') {
  const std::size_t at = text.find(between);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

}  // namespace unimo::stages
