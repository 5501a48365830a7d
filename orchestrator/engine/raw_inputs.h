// Digests of the user's own files. Content decides; a file's size, times and inode only say whether
// it must be read again, so that a second run over the same data looks at its directory entries
// alone.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/hash.h"
#include "orchestrator/base/result.h"
#include "orchestrator/store/database.h"
#include "orchestrator/store/run_writer.h"

namespace unimo {

class RawInputs {
 public:
  // Both may be null: then nothing is remembered, and everything is read.
  RawInputs(Database* database, RunWriter* writer) : database_(database), writer_(writer) {}

  // The digest of a file or folder, as tree_digest names it. Links are followed. Asked twice, it
  // looks once.
  Result<std::string> digest(const std::filesystem::path& path);
  // Looks at the directory entries again: has anything changed since digest() was called?
  Result<bool> changed(const std::filesystem::path& path);

 private:
  struct Known {
    std::string digest;
    std::vector<RawFileRow> files;
  };
  Result<std::map<std::string, RawFileRow>> remembered(const std::string& path);
  Result<Known> look(const std::filesystem::path& path);

  Database* database_;
  RunWriter* writer_;
  std::map<std::string, Known> known_;
};

}  // namespace unimo
