#include "orchestrator/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace unimo {

namespace fs = std::filesystem;

namespace {

tl::unexpected<Error> io_failure(std::string_view doing, const fs::path& path, int error_number) {
  const ErrorCode code = error_number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return fail(code, "{}: cannot {}: {}", path.string(), doing, std::strerror(error_number));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Status write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return io_failure("write", path, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ok();
}

}  // namespace

Result<std::string> read_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return io_failure("open", path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return io_failure("stat", path, errno);
  if (S_ISDIR(info.st_mode)) return fail(ErrorCode::kInvalid, "{}: is a folder", path.string());
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(std::max<off_t>(info.st_size, 0)) + 1);
  char block[1 << 16];
  while (true) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0) {
      if (errno == EINTR) continue;
      return io_failure("read", path, errno);
    }
    if (got == 0) return bytes;
    bytes.append(block, static_cast<std::size_t>(got));
  }
}

Status write_file_atomic(const fs::path& path, std::string_view bytes) {
  std::string beside = path.string() + ".tmpXXXXXX";
  const int fd = ::mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) return io_failure("create beside it", path, errno);
  const Descriptor file(fd);
  const auto abandon = [&](Error error) -> Status {
    ::unlink(beside.c_str());
    return tl::unexpected(std::move(error));
  };
  if (auto written = write_all(fd, bytes, path); !written) return abandon(written.error());
  ::fchmod(fd, 0644);
  if (::fsync(fd) != 0) return abandon(io_failure("sync", path, errno).value());
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    return abandon(io_failure("rename into place", path, errno).value());
  }
  return sync_path(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

Status write_file(const fs::path& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return io_failure("create", path, errno);
  return write_all(file.get(), bytes, path);
}

Result<std::vector<std::string>> read_lines(const fs::path& path) {
  const std::string bytes = UNIMO_TRY(read_file(path));
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < bytes.size()) {
    std::size_t end = bytes.find('\n', start);
    if (end == std::string::npos) end = bytes.size();
    std::string_view line(bytes.data() + start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    start = end + 1;
  }
  return lines;
}

Status make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return io_failure("create folder", path, error.value());
  return ok();
}

Status sync_path(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return io_failure("open", path, errno);
  if (::fsync(file.get()) != 0) return io_failure("sync", path, errno);
  return ok();
}

Status sync_tree(const fs::path& root) {
  std::error_code error;
  std::vector<fs::path> folders{root};
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_symlink()) continue;
    if (it->is_directory()) {
      folders.push_back(it->path());
    } else if (it->is_regular_file()) {
      UNIMO_TRY(sync_path(it->path()));
    }
  }
  if (error) return io_failure("list", root, error.value());
  std::reverse(folders.begin(), folders.end());
  for (const fs::path& folder : folders) UNIMO_TRY(sync_path(folder));
  return ok();
}

Status remove_tree(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (status.type() == fs::file_type::not_found) return ok();
  if (status.type() == fs::file_type::directory) {
    fs::permissions(path, fs::perms::owner_all, fs::perm_options::add, error);
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
         it.increment(error)) {
      std::error_code ignored;  // links that lead nowhere, or in a circle, are not followed
      if (it->symlink_status(ignored).type() == fs::file_type::directory) {
        fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, error);
      }
    }
  }
  error.clear();
  fs::remove_all(path, error);
  if (error) return io_failure("remove", path, error.value());
  return ok();
}

Result<std::vector<std::string>> list_files(const fs::path& root) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    const fs::file_status status = it->symlink_status(error);
    if (error) break;
    if (status.type() == fs::file_type::directory) continue;
    if (status.type() != fs::file_type::regular) {
      return fail(ErrorCode::kInvalid,
                  "{}: neither a file nor a folder (a link or device); copy the content",
                  it->path().string());
    }
    files.push_back(it->path().lexically_relative(root).generic_string());
  }
  if (error) return io_failure("list", root, error.value());
  std::sort(files.begin(), files.end());
  return files;
}

Result<TempDir> TempDir::make(std::string_view prefix, const fs::path& parent) {
  std::error_code error;
  const fs::path base = parent.empty() ? fs::temp_directory_path(error) : parent;
  std::string name = (base / (std::string(prefix) + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) return io_failure("create temporary folder", name, errno);
  return TempDir(fs::path(name));
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDir::~TempDir() {
  if (!path_.empty()) (void)remove_tree(path_);
}

Result<FileLock> FileLock::try_acquire(const fs::path& path, std::string_view holder) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return io_failure("open lock", path, errno);
  FileLock lock(fd);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  if (::fcntl(fd, F_OFD_SETLK, &whole) != 0) {
    if (errno != EAGAIN && errno != EACCES) return io_failure("lock", path, errno);
    auto text = read_file(path);
    return fail(ErrorCode::kConflict, "{}: held by {}", path.string(),
                text && !text->empty() ? *text : std::string("another process"));
  }
  if (::ftruncate(fd, 0) != 0) return io_failure("clear", path, errno);
  UNIMO_TRY(write_all(fd, holder, path));
  return lock;
}

std::optional<std::string> FileLock::holder(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0) return std::nullopt;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  if (::fcntl(file.get(), F_OFD_GETLK, &whole) != 0 || whole.l_type == F_UNLCK) return std::nullopt;
  auto text = read_file(path);
  return text ? *text : std::string();
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace unimo
