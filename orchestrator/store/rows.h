// What the tables hold, as plain structs: shared by the writer, the reader and their callers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"

namespace unimo {

// States, as stored. A run: running, succeeded, failed, interrupted. A task: pending, running,
// succeeded, cached, failed, skipped (something it needs failed), interrupted. An attempt: running,
// succeeded, failed, lost (its engine died), stopped.
namespace state {
constexpr std::string_view kPending = "pending";
constexpr std::string_view kRunning = "running";
constexpr std::string_view kSucceeded = "succeeded";
constexpr std::string_view kCached = "cached";
constexpr std::string_view kFailed = "failed";
constexpr std::string_view kSkipped = "skipped";
constexpr std::string_view kInterrupted = "interrupted";
constexpr std::string_view kLost = "lost";
constexpr std::string_view kStopped = "stopped";
}  // namespace state

struct SourceRow {
  std::string digest;  // of everything below
  std::string repository;
  std::string commit;  // empty: no commit, or no repository
  std::string branch;
  std::string remote;
  bool dirty = false;
  std::string snapshot;  // commit that keeps the uncommitted tree
  std::string snapshot_ref;
  Json changes = Json::array();  // {"path", "status"}
};

struct RunRow {
  std::string id;
  std::string experiment;
  std::string description;
  std::string state;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> finished_ms;
  std::uint64_t seed = 1;
  std::string file;
  Json resolved = Json::object();
  std::string resolved_digest;
  std::string command_line;
  std::string directory;  // relative to the root
  std::int64_t tasks_total = 0, tasks_done = 0, tasks_cached = 0, tasks_failed = 0;
};

struct TaskRow {
  std::int64_t id = 0;
  std::string run;
  std::int64_t position = 0;
  std::string name, stage, kind;
  Json cell = Json::object();
  int shard_index = 0, shard_count = 1;
  std::string state;
  Json params = Json::object();
  std::optional<std::string> key;
  std::string reason;
  std::optional<std::string> artifact;
  std::optional<std::int64_t> origin_task;
  std::optional<std::int64_t> started_ms, finished_ms;
  std::int64_t progress_done = 0, progress_total = 0;
  std::string progress_unit;
  std::string error;
};

struct AttemptRow {
  std::int64_t id = 0;
  std::int64_t task = 0;
  int number = 1;
  std::string token;
  std::string state;
  std::int64_t pid = 0;
  std::string host;
  std::string directory;  // relative to the root
  std::int64_t started_ms = 0;
  std::optional<std::int64_t> finished_ms;
  std::optional<std::int64_t> exit_code, signal, max_rss_kib;
  std::optional<double> user_s, system_s;
  std::int64_t events_offset = 0;
  std::string error;
};

struct ArtifactRow {
  std::string digest;
  std::string kind;
  std::int64_t size_bytes = 0;
  std::int64_t file_count = 0;
  std::int64_t created_ms = 0;
  bool present = true;
};

struct InputRow {
  std::int64_t task = 0;
  std::string name;
  int position = 0;
  std::string label;
  std::string digest;
  std::optional<std::string> artifact;
  std::optional<std::int64_t> source_task;
};

struct SeriesRow {
  std::int64_t id = 0;
  std::int64_t task = 0;
  std::string task_name;
  std::string name;
  std::int64_t step = 0;
  std::optional<double> value, minimum, maximum;  // empty: not a number
};

struct PointRow {
  std::int64_t step = 0;
  std::int64_t time_ms = 0;
  std::optional<double> value;
};

struct NoteRow {
  std::int64_t time_ms = 0;
  int attempt = 1;
  std::string level;
  std::string text;
};

struct KeyPart {
  std::string name;  // "kind", "version", "params", "seed", "input.data", "shard", "numerics"
  std::string value;
  bool operator==(const KeyPart&) const = default;
};

struct RawFileRow {
  std::string path;
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  std::uint64_t inode = 0;
  std::string sha256;
};

}  // namespace unimo
