#include "orchestrator/engine/raw_inputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "orchestrator/store/store.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxDepth = 64;
constexpr std::int64_t kNanoseconds = 1'000'000'000;
// A file that changes twice within a tick of the file system's clock keeps its times, so that fresh
// files are read again next time.
constexpr std::int64_t kTrustedAgeNs = 2 * kNanoseconds;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kNanoseconds + time.tv_nsec;
}

Result<RawFileRow> stat_file(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                "{}: cannot look at it: {}", path.string(), std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kInvalid, "{}: neither a file nor a folder, so it cannot be an input",
                path.string());
  }
  RawFileRow row;
  row.path = path.string();
  row.size_bytes = static_cast<std::uint64_t>(info.st_size);
  row.mtime_ns = nanoseconds(info.st_mtim);
  row.ctime_ns = nanoseconds(info.st_ctim);
  row.inode = static_cast<std::uint64_t>(info.st_ino);
  return row;
}

bool same_stat(const RawFileRow& a, const RawFileRow& b) {
  return a.path == b.path && a.size_bytes == b.size_bytes && a.mtime_ns == b.mtime_ns &&
         a.ctime_ns == b.ctime_ns && a.inode == b.inode;
}

// Files below `root` with their stats, by path; only itself for a file.
Result<std::vector<RawFileRow>> stat_tree(const fs::path& root) {
  std::error_code error;
  std::vector<RawFileRow> files;
  if (!fs::is_directory(root, error)) {
    files.push_back(UNIMO_TRY(stat_file(root)));
    return files;
  }
  fs::recursive_directory_iterator it(root, fs::directory_options::follow_directory_symlink, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    if (it.depth() > kMaxDepth) {
      return fail(ErrorCode::kInvalid, "{}: nested too deeply; does a link lead back?",
                  it->path().string());
    }
    std::error_code ignored;
    if (it->is_directory(ignored)) continue;
    files.push_back(UNIMO_TRY(stat_file(it->path())));
  }
  if (error) return fail(ErrorCode::kIo, "{}: cannot list: {}", root.string(), error.message());
  std::sort(files.begin(), files.end(),
            [](const RawFileRow& a, const RawFileRow& b) { return a.path < b.path; });
  return files;
}

}  // namespace

Result<std::map<std::string, RawFileRow>> RawInputs::remembered(const std::string& path) {
  std::map<std::string, RawFileRow> rows;
  if (database_ == nullptr) return rows;
  // '0' follows '/', so the range holds exactly what lies below the folder.
  UNIMO_TRY(database_->query(
      "SELECT path, size_bytes, mtime_ns, ctime_ns, inode, sha256 FROM raw_files WHERE path=?1 OR "
      "(path>?2 AND path<?3)",
      [&](const Row& row) {
        rows[row.text(0)] =
            RawFileRow{row.text(0),    static_cast<std::uint64_t>(row.integer(1)), row.integer(2),
                       row.integer(3), static_cast<std::uint64_t>(row.integer(4)), row.text(5)};
      },
      path, path + "/", path + "0"));
  return rows;
}

Result<RawInputs::Known> RawInputs::look(const fs::path& path) {
  fs::path root = path;
  if (!root.has_filename()) root = root.parent_path();  // "data/"
  Known known;
  known.files = UNIMO_TRY(stat_tree(root));
  const auto remembered_rows = UNIMO_TRY(remembered(root.string()));
  const std::int64_t now_ns = now_ms() * 1'000'000;
  std::vector<RawFileRow> fresh;
  std::vector<FileEntry> entries;
  for (RawFileRow& file : known.files) {
    const auto old = remembered_rows.find(file.path);
    if (old != remembered_rows.end() && same_stat(old->second, file)) {
      file.sha256 = old->second.sha256;
    } else {
      file.sha256 = UNIMO_TRY(hash_file(file.path));
      if (!same_stat(file, UNIMO_TRY(stat_file(file.path)))) {
        return fail(ErrorCode::kFailed,
                    "{}: changed while it was read; run again when it is written", file.path);
      }
      if (now_ns - std::max(file.mtime_ns, file.ctime_ns) > kTrustedAgeNs) fresh.push_back(file);
    }
    const fs::path relative = fs::path(file.path) == root
                                  ? root.filename()
                                  : fs::path(file.path).lexically_relative(root);
    entries.push_back({relative.generic_string(), file.size_bytes, file.sha256});
  }
  std::sort(entries.begin(), entries.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
  known.digest = tree_digest(entries);
  if (writer_ != nullptr && !fresh.empty()) UNIMO_TRY(writer_->remember_raw_files(fresh));
  return known;
}

Result<std::string> RawInputs::digest(const fs::path& path) {
  const std::string name = path.string();
  auto found = known_.find(name);
  if (found == known_.end()) found = known_.emplace(name, UNIMO_TRY(look(path))).first;
  return found->second.digest;
}

Result<bool> RawInputs::changed(const fs::path& path) {
  const auto found = known_.find(path.string());
  if (found == known_.end()) return true;
  fs::path root = path;
  if (!root.has_filename()) root = root.parent_path();
  const auto now = UNIMO_TRY(stat_tree(root));
  const auto& before = found->second.files;
  return !std::equal(now.begin(), now.end(), before.begin(), before.end(), same_stat);
}

}  // namespace unimo
