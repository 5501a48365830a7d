// Content-addressed artifacts: `artifacts/<2 hex>/<digest>/`. An artifact is whole and hashed, or
// not there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/hash.h"
#include "orchestrator/base/result.h"
#include "orchestrator/store/store.h"

namespace unimo {

struct Artifact {
  std::string digest;
  std::vector<FileEntry> files;
  std::uint64_t size_bytes() const;
};

// One stored file that is not what was recorded.
struct Damage {
  std::string artifact;
  std::string path;  // empty: the artifact as a whole
  std::string what;  // "missing", "changed", "not recorded"
};

std::filesystem::path artifact_path(const StorePaths& paths, std::string_view digest);
bool artifact_exists(const StorePaths& paths, std::string_view digest);

// Hashes a finished work folder: what it would be as an artifact. Nothing is moved yet.
Result<Artifact> measure_artifact(const std::filesystem::path& work);

// Syncs a measured work folder, makes it read-only and renames it into place. When the same content
// is there already, the work folder is removed instead. The process may die at any instant: what
// lies under an artifact's name is always complete.
Status place_artifact(const StorePaths& paths, const std::filesystem::path& work,
                      const Artifact& artifact);

// Both in one.
Result<Artifact> publish_artifact(const StorePaths& paths, const std::filesystem::path& work);

// Compares an artifact on disk with its recorded files, by hash.
Result<std::vector<Damage>> verify_artifact(const StorePaths& paths, const std::string& digest,
                                            const std::vector<FileEntry>& recorded);

// The files of `files` below `folder` (a file or a folder inside the artifact), with paths relative
// to it. Empty when nothing is there.
std::vector<FileEntry> files_below(const std::vector<FileEntry>& files, std::string_view folder);

// Digests of all artifacts on disk, sorted.
Result<std::vector<std::string>> stored_artifacts(const StorePaths& paths);

}  // namespace unimo
