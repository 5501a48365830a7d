// The questions that the command line and the dashboard ask. Opens read-only; never disturbs the
// writer.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/base/result.h"
#include "orchestrator/store/database.h"
#include "orchestrator/store/rows.h"
#include "orchestrator/store/store.h"

namespace unimo {

// A named metric of a task, as one cell of a table.
struct LatestMetric {
  std::string task;  // task name
  std::string stage;
  std::string name;
  std::int64_t step = 0;
  std::optional<double> value;
};

class RunReader {
 public:
  static Result<RunReader> open(const std::filesystem::path& root);

  const StorePaths& paths() const { return paths_; }
  Database& database() { return database_; }

  // Newest first.
  Result<std::vector<RunRow>> runs(std::int64_t limit, const std::string& experiment = {});
  // A run by id, by a unique beginning of its id, or "@latest", "@{-1}" (the one before the
  // latest). kNotFound and kConflict say what there is.
  Result<RunRow> run(const std::string& reference);
  Result<std::optional<SourceRow>> source(const std::string& run);
  Result<Json> environment(const std::string& run);

  // In plan order.
  Result<std::vector<TaskRow>> tasks(const std::string& run);
  Result<TaskRow> task(std::int64_t id);
  // The task of that name, or the only task of that stage.
  Result<TaskRow> task(const std::string& run, const std::string& name);
  Result<std::vector<AttemptRow>> attempts(std::int64_t task);
  Result<std::vector<InputRow>> inputs(std::int64_t task);

  // Metrics of a task; for a cached task those of the task that did the work.
  Result<std::vector<SeriesRow>> series(std::int64_t task);
  Result<std::vector<LatestMetric>> latest_metrics(const std::string& run);
  // Points with step > after_step, in order.
  Result<std::vector<PointRow>> points(std::int64_t series, std::int64_t after_step = -1);
  Result<std::vector<std::pair<std::string, double>>> counts(std::int64_t task);
  Result<std::vector<NoteRow>> notes(std::int64_t task);

  Result<std::vector<KeyPart>> key_parts(const std::string& key);

  Result<std::optional<ArtifactRow>> artifact(const std::string& digest);
  // By a unique beginning of the digest.
  Result<ArtifactRow> find_artifact(const std::string& prefix);
  Result<std::vector<ArtifactRow>> artifacts();
  Result<std::vector<FileEntry>> artifact_files(const std::string& digest);
  // The first task that made the artifact.
  Result<std::optional<TaskRow>> producer(const std::string& digest);
  // Digests that a run's tasks made or took from the cache.
  Result<std::vector<std::string>> artifacts_of_run(const std::string& run);

  // Mean seconds that earlier tasks of this kind took; empty without history.
  Result<std::optional<double>> mean_seconds(const std::string& kind);

 private:
  RunReader(StorePaths paths, Database database)
      : paths_(std::move(paths)), database_(std::move(database)) {}
  StorePaths paths_;
  Database database_;
};

}  // namespace unimo
