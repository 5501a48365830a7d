#include "stages/regions/scratch.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "trainer/data/half.h"

namespace unimo::stages {

Result<Scratch> Scratch::open(const std::filesystem::path& folder) {
  std::string name = (folder / ".scratch-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) {
    return fail(ErrorCode::kIo, "{}: cannot make a scratch file: {}", folder.string(),
                std::strerror(errno));
  }
  ::unlink(name.c_str());
  return Scratch(fd);
}

Scratch::Scratch(Scratch&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Scratch::~Scratch() {
  if (fd_ >= 0) ::close(fd_);
}

Status Scratch::write(std::int64_t position, std::span<const float> values) {
  std::vector<std::uint16_t> halves(values.size());
  trainer::floats_to_halves(values, halves);
  const char* at = reinterpret_cast<const char*>(halves.data());
  auto left = static_cast<std::int64_t>(halves.size() * sizeof(std::uint16_t));
  auto offset = position * static_cast<std::int64_t>(sizeof(std::uint16_t));
  while (left > 0) {
    const ssize_t written = ::pwrite(fd_, at, static_cast<std::size_t>(left), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return fail(ErrorCode::kIo, "scratch file: {}; free some space", std::strerror(errno));
    }
    at += written;
    offset += written;
    left -= written;
  }
  return ok();
}

Status Scratch::read(std::int64_t position, std::span<float> values) const {
  std::vector<std::uint16_t> halves(values.size());
  char* at = reinterpret_cast<char*>(halves.data());
  auto left = static_cast<std::int64_t>(halves.size() * sizeof(std::uint16_t));
  auto offset = position * static_cast<std::int64_t>(sizeof(std::uint16_t));
  while (left > 0) {
    const ssize_t seen = ::pread(fd_, at, static_cast<std::size_t>(left), offset);
    if (seen < 0 && errno == EINTR) continue;
    if (seen <= 0) return fail(ErrorCode::kIo, "scratch file: {}", std::strerror(errno));
    at += seen;
    offset += seen;
    left -= seen;
  }
  trainer::halves_to_floats(halves, values);
  return ok();
}

}  // namespace unimo::stages
