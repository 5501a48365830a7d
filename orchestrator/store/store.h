// The folder that holds everything: `store.db`, `artifacts/`, `runs/`, `resume/`, and the lock of
// its one writer. Opening for writing takes the lock, creates or upgrades the tables; opening for
// reading needs neither.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/base/file.h"
#include "orchestrator/base/result.h"
#include "orchestrator/store/database.h"

namespace unimo {

struct StorePaths {
  std::filesystem::path root;  // absolute
  std::filesystem::path database() const { return root / "store.db"; }
  std::filesystem::path lock() const { return root / "lock"; }
  std::filesystem::path artifacts() const { return root / "artifacts"; }
  std::filesystem::path runs() const { return root / "runs"; }
  std::filesystem::path resume() const { return root / "resume"; }  // checkpoints, by cache key
};

StorePaths store_paths(const std::filesystem::path& root);

// The right to write. Owns the lock for as long as it lives.
class WritableStore {
 public:
  // kConflict, naming the holder, when another process writes. `holder` is text for people.
  static Result<WritableStore> open(const std::filesystem::path& root, std::string_view holder);
  const StorePaths& paths() const { return paths_; }
  Database& database() { return database_; }

 private:
  WritableStore(StorePaths paths, FileLock lock, Database database)
      : paths_(std::move(paths)), lock_(std::move(lock)), database_(std::move(database)) {}
  StorePaths paths_;
  FileLock lock_;
  Database database_;
};

// A read-only connection; refuses a store of another version, saying which program to use.
Result<Database> open_store_reader(const std::filesystem::path& root);

std::int64_t now_ms();  // since 1970, UTC

// A new id for a run: 10 characters of time and 6 of randomness in Crockford's base 32, so that ids
// sort by creation and two machines do not collide.
std::string new_run_id();

}  // namespace unimo
