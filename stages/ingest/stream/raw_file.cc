#include "stages/ingest/stream/raw_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace unimo::stages {

Result<std::unique_ptr<RawFile>> RawFile::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot open: {}",
                path.string(), std::strerror(errno));
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    ::close(fd);
    return fail(ErrorCode::kInvalid, "{}: is a folder; name a file in it", path.string());
  }
  const bool regular = S_ISREG(info.st_mode);
  if (regular) ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::unique_ptr<RawFile>(
      new RawFile(fd, path.string(), regular ? info.st_size : 0, regular));
}

RawFile::~RawFile() { ::close(fd_); }

Result<std::size_t> RawFile::read(std::span<char> into) {
  ssize_t got = 0;
  do {
    got = regular_ ? ::pread(fd_, into.data(), into.size(), place_)
                   : ::read(fd_, into.data(), into.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return fail(ErrorCode::kIo, "{}: byte {}: cannot read: {}", name_, place_,
                std::strerror(errno));
  }
  if (got == 0 && place_ < size_) {
    return fail(ErrorCode::kInvalid,
                "{}: byte {}: the file became shorter while it was read, it had {} bytes; wait "
                "until nothing writes it",
                name_, place_, size_);
  }
  place_ += got;
  return static_cast<std::size_t>(got);
}

}  // namespace unimo::stages
