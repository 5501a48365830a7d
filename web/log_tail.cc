#include "web/log_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace unimo::web {

namespace fs = std::filesystem;

Result<LogPlace> find_log(Database& database, std::int64_t task, std::int64_t attempt,
                          std::string_view stream) {
  LogPlace place;
  UNIMO_TRY(database.query(
      "SELECT directory, number, state FROM attempts WHERE task_id = ?1 AND (?2 = 0 OR number = "
      "?2) "
      "ORDER BY number DESC LIMIT 1",
      [&](const Row& row) {
        place.file = fs::path(row.text(0)) / (std::string(stream) + ".log");
        place.attempt = row.integer(1);
        place.running = row.text(2) == "running";
      },
      task, attempt));
  if (place.attempt == 0) {
    return fail(ErrorCode::kNotFound, "the task has not been tried, so it has no log");
  }
  return place;
}

Result<LogPart> read_log(const StorePaths& paths, const LogPlace& place, std::int64_t offset,
                         std::size_t limit) {
  const fs::path relative = place.file.lexically_normal();
  if (relative.is_absolute() || relative.empty() || *relative.begin() == "..") {
    return fail(ErrorCode::kIntegrity, "{}: the store names a log outside its root",
                place.file.string());
  }
  const fs::path path = paths.root / relative;
  const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && errno == ENOENT) return LogPart{};
  if (file < 0) return fail(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  LogPart part;
  struct stat info {};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(file);
    return fail(ErrorCode::kIo, "{}: not a regular file", path.string());
  }
  part.size = info.st_size;
  const bool from_end = offset < 0;
  part.offset =
      from_end ? std::max<std::int64_t>(0, part.size + offset) : std::min(offset, part.size);
  const auto wanted =
      std::min<std::int64_t>(part.size - part.offset, static_cast<std::int64_t>(limit));
  part.text.resize(static_cast<std::size_t>(wanted));
  const ssize_t got = ::pread(file, part.text.data(), part.text.size(), part.offset);
  ::close(file);
  if (got < 0) return fail(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  part.text.resize(static_cast<std::size_t>(got));
  if (from_end && part.offset > 0) {
    const std::size_t line = part.text.find('\n');
    if (line != std::string::npos) {
      part.text.erase(0, line + 1);
      part.offset += static_cast<std::int64_t>(line) + 1;
    }
  }
  return part;
}

}  // namespace unimo::web
