// Files as wholes: read, atomic write, temporary directories, locks, durable renames.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo {

Result<std::string> read_file(const std::filesystem::path& path);

// Writes beside `path`, syncs, renames: readers see the old bytes or the new ones, never a part.
Status write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

// Writes without syncing: for what may be lost or torn in a power cut. Parts are never left in
// silence.
Status write_file(const std::filesystem::path& path, std::string_view bytes);

// Lines of a text file without their ends ("\n" or "\r\n"); a last line without end counts.
Result<std::vector<std::string>> read_lines(const std::filesystem::path& path);

Status make_directories(const std::filesystem::path& path);

// Flushes a file's or a directory's content to the disk.
Status sync_path(const std::filesystem::path& path);

// Syncs every file and folder under `root`, deepest first.
Status sync_tree(const std::filesystem::path& root);

// Removes a file or a whole folder, also when its files are read-only. Absence is fine.
Status remove_tree(const std::filesystem::path& path);

// Regular files below `root` as relative paths with '/', sorted bytewise. Links and special files
// are an error that names them: an artifact must not depend on something outside it.
Result<std::vector<std::string>> list_files(const std::filesystem::path& root);

// A directory that disappears with its owner. Movable, not copyable.
class TempDir {
 public:
  // Makes `<parent>/<prefix>XXXXXX`; an empty parent means the system's temporary directory.
  static Result<TempDir> make(std::string_view prefix, const std::filesystem::path& parent = {});
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TempDir(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// An exclusive lock on a file (an open-file-description lock). It dies with its holder, so nobody
// ever has to remove it by hand; `holder` is text for people only. Movable, not copyable.
class FileLock {
 public:
  // kConflict, naming the holder, when somebody else has it.
  static Result<FileLock> try_acquire(const std::filesystem::path& path, std::string_view holder);
  // Who holds it now, without touching it; nothing when it is free.
  static std::optional<std::string> holder(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace unimo
