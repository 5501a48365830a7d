// What the store remembers that decides about a task: results by key, earlier keys by name,
// durations by kind. Works on the writer's connection as well as on a reader's; without a store
// nothing is remembered.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/base/hash.h"
#include "orchestrator/base/result.h"
#include "orchestrator/store/database.h"
#include "orchestrator/store/rows.h"
#include "orchestrator/store/run_writer.h"
#include "orchestrator/store/store.h"

namespace unimo {

// The newest key that a task of the same name had.
struct EarlierKey {
  std::string run;
  std::string task;
  std::string key;
};

// A run of the same resolved experiment.
struct EarlierRun {
  std::string id;
  std::string state;
};

class History {
 public:
  // `database` may be null.
  History(Database* database, StorePaths paths) : database_(database), paths_(std::move(paths)) {}

  // A result whose artifact is still there.
  Result<std::optional<CacheHit>> find_result(const std::string& key);
  Result<std::vector<FileEntry>> artifact_files(const std::string& digest);

  // Of the newest task of that name and kind in another run.
  Result<std::optional<EarlierKey>> earlier_key(const std::string& task, const std::string& kind,
                                                const std::string& other_than_run);
  Result<std::vector<KeyPart>> key_parts(const std::string& key);
  // "run/name" of a task.
  Result<std::string> task_label(std::int64_t task);

  Result<std::optional<double>> mean_seconds(const std::string& kind);
  Result<std::optional<EarlierRun>> newest_run(const std::string& resolved_digest);
  // Keys of the tasks of a run by task name; empty for a task whose key was never known.
  Result<std::map<std::string, std::string>> keys_of_run(const std::string& run);

 private:
  Database* database_;
  StorePaths paths_;
  std::set<std::string> present_;  // artifacts seen on the disk
};

}  // namespace unimo
