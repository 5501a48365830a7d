#include "orchestrator/store/artifacts.h"

#include <algorithm>
#include <map>

#include "orchestrator/base/file.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kDigestLength = 64;

Status make_read_only(const fs::path& folder) {
  constexpr auto kWrite = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file()) fs::permissions(it->path(), kWrite, fs::perm_options::remove, error);
  }
  if (error)
    return fail(ErrorCode::kIo, "{}: cannot make read-only: {}", folder.string(), error.message());
  return ok();
}

}  // namespace

std::uint64_t Artifact::size_bytes() const {
  std::uint64_t total = 0;
  for (const FileEntry& file : files) total += file.size_bytes;
  return total;
}

fs::path artifact_path(const StorePaths& paths, std::string_view digest) {
  UNIMO_CHECK(digest.size() == kDigestLength, "\"{}\" is not a digest", digest);
  return paths.artifacts() / digest.substr(0, 2) / digest;
}

bool artifact_exists(const StorePaths& paths, std::string_view digest) {
  std::error_code error;
  return fs::is_directory(artifact_path(paths, digest), error);
}

Result<Artifact> measure_artifact(const fs::path& work) {
  Artifact artifact;
  artifact.files = UNIMO_TRY(hash_tree(work));
  artifact.digest = tree_digest(artifact.files);
  return artifact;
}

Status place_artifact(const StorePaths& paths, const fs::path& work, const Artifact& artifact) {
  const fs::path target = artifact_path(paths, artifact.digest);
  if (artifact_exists(paths, artifact.digest)) return remove_tree(work);
  UNIMO_TRY(make_read_only(work));
  UNIMO_TRY(sync_tree(work));
  std::error_code error;
  const bool new_parent = !fs::exists(target.parent_path(), error);
  UNIMO_TRY(make_directories(target.parent_path()));
  fs::rename(work, target, error);
  if (error)
    return fail(ErrorCode::kIo, "{}: cannot publish: {}", target.string(), error.message());
  UNIMO_TRY(sync_path(target.parent_path()));
  return new_parent ? sync_path(paths.artifacts()) : ok();
}

Result<Artifact> publish_artifact(const StorePaths& paths, const fs::path& work) {
  Artifact artifact = UNIMO_TRY(measure_artifact(work));
  UNIMO_TRY(place_artifact(paths, work, artifact));
  return artifact;
}

Result<std::vector<Damage>> verify_artifact(const StorePaths& paths, const std::string& digest,
                                            const std::vector<FileEntry>& recorded) {
  if (!artifact_exists(paths, digest)) return std::vector<Damage>{{digest, "", "missing"}};
  std::map<std::string, std::string> seen;
  for (FileEntry& file : UNIMO_TRY(hash_tree(artifact_path(paths, digest))))
    seen[file.path] = file.sha256;
  std::vector<Damage> damages;
  for (const FileEntry& file : recorded) {
    const auto found = seen.find(file.path);
    if (found == seen.end()) {
      damages.push_back({digest, file.path, "missing"});
    } else {
      if (found->second != file.sha256) damages.push_back({digest, file.path, "changed"});
      seen.erase(found);
    }
  }
  for (const auto& [path, sha256] : seen) damages.push_back({digest, path, "not recorded"});
  return damages;
}

std::vector<FileEntry> files_below(const std::vector<FileEntry>& files, std::string_view folder) {
  if (folder.empty()) return files;
  std::vector<FileEntry> below;
  const std::string prefix = std::string(folder) + "/";
  for (const FileEntry& file : files) {
    if (file.path == folder) {
      below.push_back({fs::path(file.path).filename().string(), file.size_bytes, file.sha256});
    } else if (file.path.starts_with(prefix)) {
      below.push_back({file.path.substr(prefix.size()), file.size_bytes, file.sha256});
    }
  }
  return below;
}

Result<std::vector<std::string>> stored_artifacts(const StorePaths& paths) {
  std::vector<std::string> digests;
  std::error_code error;
  for (fs::directory_iterator outer(paths.artifacts(), error), end; !error && outer != end;
       outer.increment(error)) {
    if (!outer->is_directory()) continue;
    for (fs::directory_iterator inner(outer->path(), error); !error && inner != end;
         inner.increment(error)) {
      std::string name = inner->path().filename().string();
      if (name.size() == kDigestLength) digests.push_back(std::move(name));
    }
  }
  if (error)
    return fail(ErrorCode::kIo, "{}: cannot list: {}", paths.artifacts().string(), error.message());
  std::sort(digests.begin(), digests.end());
  return digests;
}

}  // namespace unimo
