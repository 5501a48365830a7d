#include "trainer/weights/byte_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace unimo::trainer {

ByteFile::ByteFile(ByteFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

ByteFile& ByteFile::operator=(ByteFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  return *this;
}

ByteFile::~ByteFile() { release(); }

void ByteFile::release() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<ByteFile> ByteFile::open(const std::filesystem::path& path) {
  // Without O_NONBLOCK a pipe of that name would wait for a writer for ever.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: {}", path.string(),
                std::strerror(errno));
  }
  ByteFile file(path, fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kIo, "{}: not a regular file", path.string());
  }
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Status ByteFile::read(std::uint64_t offset, std::span<char> out) const {
  if (fd_ < 0) {
    const ByteFile again = UNIMO_TRY(open(path_));
    return again.read(offset, out);
  }
  while (!out.empty()) {
    const ssize_t got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::kIo, "{}: {}", name(), std::strerror(errno));
    if (got == 0)
      return fail(ErrorCode::kIntegrity, "{}: the file ended while it was read", name());
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return ok();
}

}  // namespace unimo::trainer
