#include "stages/decontaminate/grey_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace unimo::stages {

Result<GreyStore> GreyStore::create(const std::filesystem::path& folder) {
  std::string name = (folder / "greyXXXXXX").string();
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0)
    return fail(ErrorCode::kIo, "{}: cannot make a file: {}", folder.string(),
                std::strerror(errno));
  ::unlink(name.c_str());
  return GreyStore(fd);
}

GreyStore::GreyStore(GreyStore&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), count_(other.count_) {}

GreyStore& GreyStore::operator=(GreyStore&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(count_, other.count_);
  return *this;
}

GreyStore::~GreyStore() {
  if (fd_ >= 0) ::close(fd_);
}

Status GreyStore::add(const GreyPicture& picture) {
  const ssize_t done = ::pwrite(fd_, picture.data(), picture.size(),
                                count_ * static_cast<std::int64_t>(picture.size()));
  if (done != static_cast<ssize_t>(picture.size()))
    return fail(ErrorCode::kIo, "cannot keep a small picture: {}; is the disk full?",
                done < 0 ? std::strerror(errno) : "written in part");
  ++count_;
  return ok();
}

Result<GreyPicture> GreyStore::read(std::uint32_t number) const {
  GreyPicture picture;
  const ssize_t done = ::pread(fd_, picture.data(), picture.size(),
                               std::int64_t{number} * static_cast<std::int64_t>(picture.size()));
  if (done != static_cast<ssize_t>(picture.size()))
    return fail(ErrorCode::kIo, "cannot read small picture {} of {}", number, count_);
  return picture;
}

}  // namespace unimo::stages
