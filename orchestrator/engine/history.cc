#include "orchestrator/engine/history.h"

#include "orchestrator/store/artifacts.h"

namespace unimo {

Result<std::optional<CacheHit>> History::find_result(const std::string& key) {
  std::optional<CacheHit> hit;
  if (database_ == nullptr) return hit;
  UNIMO_TRY(database_->query(
      "SELECT artifact, task_id FROM cache WHERE key=?",
      [&](const Row& row) {
        hit = CacheHit{row.text(0), row.integer(1)};
      },
      key));
  if (!hit) return hit;
  // Only presence is remembered: what is missing may be made again meanwhile.
  if (present_.count(hit->artifact) != 0) return hit;
  if (!artifact_exists(paths_, hit->artifact)) return std::optional<CacheHit>();
  present_.insert(hit->artifact);
  return hit;
}

Result<std::vector<FileEntry>> History::artifact_files(const std::string& digest) {
  std::vector<FileEntry> files;
  if (database_ == nullptr) return files;
  UNIMO_TRY(database_->query(
      "SELECT path, size_bytes, sha256 FROM artifact_files WHERE artifact=? ORDER BY path",
      [&](const Row& row) {
        files.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), row.text(2)});
      },
      digest));
  return files;
}

Result<std::optional<EarlierKey>> History::earlier_key(const std::string& task,
                                                       const std::string& kind,
                                                       const std::string& other_than_run) {
  std::optional<EarlierKey> earlier;
  if (database_ == nullptr) return earlier;
  UNIMO_TRY(database_->query(
      "SELECT run_id, name, key FROM tasks WHERE name=? AND kind=? AND run_id<>? AND key IS NOT "
      "NULL "
      "ORDER BY id DESC LIMIT 1",
      [&](const Row& row) {
        earlier = EarlierKey{row.text(0), row.text(1), row.text(2)};
      },
      task, kind, other_than_run));
  return earlier;
}

Result<std::vector<KeyPart>> History::key_parts(const std::string& key) {
  std::vector<KeyPart> parts;
  if (database_ == nullptr) return parts;
  UNIMO_TRY(database_->query(
      "SELECT part, value FROM key_parts WHERE key=? ORDER BY part",
      [&](const Row& row) {
        parts.push_back({row.text(0), row.text(1)});
      },
      key));
  return parts;
}

Result<std::string> History::task_label(std::int64_t task) {
  std::string label;
  if (database_ == nullptr) return label;
  UNIMO_TRY(database_->query(
      "SELECT run_id, name FROM tasks WHERE id=?",
      [&](const Row& row) { label = row.text(0) + "/" + row.text(1); }, task));
  return label;
}

Result<std::optional<double>> History::mean_seconds(const std::string& kind) {
  std::optional<double> seconds;
  if (database_ == nullptr) return seconds;
  UNIMO_TRY(database_->query(
      "SELECT avg(finished_ms - started_ms) / 1000.0 FROM tasks WHERE kind=? AND "
      "state='succeeded' AND started_ms IS NOT NULL AND finished_ms IS NOT NULL",
      [&](const Row& row) { seconds = row.optional_real(0); }, kind));
  return seconds;
}

Result<std::optional<EarlierRun>> History::newest_run(const std::string& resolved_digest) {
  std::optional<EarlierRun> run;
  if (database_ == nullptr) return run;
  UNIMO_TRY(database_->query(
      "SELECT id, state FROM runs WHERE resolved_digest=? ORDER BY id DESC LIMIT 1",
      [&](const Row& row) {
        run = EarlierRun{row.text(0), row.text(1)};
      },
      resolved_digest));
  return run;
}

Result<std::map<std::string, std::string>> History::keys_of_run(const std::string& run) {
  std::map<std::string, std::string> keys;
  if (database_ == nullptr) return keys;
  UNIMO_TRY(database_->query(
      "SELECT name, key FROM tasks WHERE run_id=?",
      [&](const Row& row) { keys[row.text(0)] = row.text(1); }, run));
  return keys;
}

}  // namespace unimo
