#include "orchestrator/store/run_reader.h"

#include <charconv>

namespace unimo {

namespace {

constexpr std::string_view kRunColumns =
    "SELECT r.id, e.name, e.description, r.state, r.created_ms, r.finished_ms, r.seed, r.file, "
    "r.resolved, "
    "r.resolved_digest, r.command_line, r.directory, r.tasks_total, r.tasks_done, r.tasks_cached, "
    "r.tasks_failed "
    "FROM runs r JOIN experiments e ON e.id = r.experiment_id ";

constexpr std::string_view kTaskColumns =
    "SELECT id, run_id, position, name, stage, kind, cell, shard_index, shard_count, state, "
    "params, key, reason, "
    "artifact, origin_task, started_ms, finished_ms, progress_done, progress_total, progress_unit, "
    "error FROM tasks ";

constexpr std::string_view kArtifactColumns =
    "SELECT digest, kind, size_bytes, file_count, created_ms, present FROM artifacts ";

// Stored by us as canonical text; anything else is damage that the caller sees as null.
Json stored_json(const Row& row, int column) {
  return Json::parse(row.text(column), nullptr, false);
}

std::optional<std::string> optional_text(const Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.text(column));
}

RunRow run_from(const Row& row) {
  RunRow run;
  run.id = row.text(0);
  run.experiment = row.text(1);
  run.description = row.text(2);
  run.state = row.text(3);
  run.created_ms = row.integer(4);
  run.finished_ms = row.optional_integer(5);
  run.seed = static_cast<std::uint64_t>(row.integer(6));
  run.file = row.text(7);
  run.resolved = stored_json(row, 8);
  run.resolved_digest = row.text(9);
  run.command_line = row.text(10);
  run.directory = row.text(11);
  run.tasks_total = row.integer(12);
  run.tasks_done = row.integer(13);
  run.tasks_cached = row.integer(14);
  run.tasks_failed = row.integer(15);
  return run;
}

TaskRow task_from(const Row& row) {
  TaskRow task;
  task.id = row.integer(0);
  task.run = row.text(1);
  task.position = row.integer(2);
  task.name = row.text(3);
  task.stage = row.text(4);
  task.kind = row.text(5);
  task.cell = stored_json(row, 6);
  task.shard_index = static_cast<int>(row.integer(7));
  task.shard_count = static_cast<int>(row.integer(8));
  task.state = row.text(9);
  task.params = stored_json(row, 10);
  task.key = optional_text(row, 11);
  task.reason = row.text(12);
  task.artifact = optional_text(row, 13);
  task.origin_task = row.optional_integer(14);
  task.started_ms = row.optional_integer(15);
  task.finished_ms = row.optional_integer(16);
  task.progress_done = row.integer(17);
  task.progress_total = row.integer(18);
  task.progress_unit = row.text(19);
  task.error = row.text(20);
  return task;
}

ArtifactRow artifact_from(const Row& row) {
  return {row.text(0),    row.text(1),    row.integer(2),
          row.integer(3), row.integer(4), row.integer(5) != 0};
}

InputRow input_from(const Row& row) {
  InputRow input;
  input.task = row.integer(0);
  input.name = row.text(1);
  input.position = static_cast<int>(row.integer(2));
  input.label = row.text(3);
  input.digest = row.text(4);
  input.artifact = optional_text(row, 5);
  input.source_task = row.optional_integer(6);
  return input;
}

// "@latest" is 0, "@{-2}" is 2; nothing for anything else.
std::optional<std::int64_t> age_of(const std::string& reference) {
  if (reference == "@latest") return 0;
  if (!reference.starts_with("@{-") || !reference.ends_with("}")) return std::nullopt;
  std::int64_t age = 0;
  const char* begin = reference.data() + 3;
  const char* end = reference.data() + reference.size() - 1;
  const auto parsed = std::from_chars(begin, end, age);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return age;
}

// The rows of a query as structs.
template <class T, class... Args>
Result<std::vector<T>> collect(Database& database, const std::string& sql, T (*convert)(const Row&),
                               const Args&... args) {
  std::vector<T> rows;
  UNIMO_TRY(database.query(
      sql, [&](const Row& row) { rows.push_back(convert(row)); }, args...));
  return rows;
}

}  // namespace

Result<RunReader> RunReader::open(const std::filesystem::path& root) {
  Database database = UNIMO_TRY(open_store_reader(root));
  return RunReader(store_paths(root), std::move(database));
}

Result<std::vector<RunRow>> RunReader::runs(std::int64_t limit, const std::string& experiment) {
  const std::string columns(kRunColumns);
  if (experiment.empty())
    return collect(database_, columns + "ORDER BY r.id DESC LIMIT ?", run_from, limit);
  return collect(database_, columns + "WHERE e.name=? ORDER BY r.id DESC LIMIT ?", run_from,
                 experiment, limit);
}

Result<RunRow> RunReader::run(const std::string& reference) {
  const std::string columns(kRunColumns);
  if (const auto age = age_of(reference)) {
    auto rows = UNIMO_TRY(
        collect(database_, columns + "ORDER BY r.id DESC LIMIT 1 OFFSET ?", run_from, *age));
    if (rows.empty())
      return fail(ErrorCode::kNotFound, "{}: there is no such run; see `unimo list`", reference);
    return std::move(rows.front());
  }
  // Ids hold no '%' or '_'; a reference that does simply finds nothing because of the length check
  // below.
  auto rows = UNIMO_TRY(
      collect(database_, columns + "WHERE substr(r.id, 1, length(?1))=?1 ORDER BY r.id LIMIT 2",
              run_from, reference));
  if (rows.empty() || reference.empty()) {
    return fail(ErrorCode::kNotFound, "no run \"{}\"; see `unimo list`, or use @latest", reference);
  }
  if (rows.size() > 1 && rows.front().id != reference) {
    return fail(ErrorCode::kConflict, "\"{}\" begins several run ids ({} and {}); give more of it",
                reference, rows[0].id, rows[1].id);
  }
  return std::move(rows.front());
}

Result<std::optional<SourceRow>> RunReader::source(const std::string& run) {
  std::optional<SourceRow> source;
  UNIMO_TRY(database_.query(
      "SELECT s.digest, s.repository, s.commit_id, s.branch, s.remote, s.dirty, s.snapshot, "
      "s.snapshot_ref, s.changes FROM sources s JOIN runs r ON r.source_id = s.id WHERE r.id=?",
      [&](const Row& row) {
        source = SourceRow{row.text(0), row.text(1), row.text(2),
                           row.text(3), row.text(4), row.integer(5) != 0,
                           row.text(6), row.text(7), stored_json(row, 8)};
      },
      run));
  return source;
}

Result<Json> RunReader::environment(const std::string& run) {
  Json content = Json::object();
  UNIMO_TRY(database_.query(
      "SELECT v.content FROM environments v JOIN runs r ON r.environment_id = v.id WHERE r.id=?",
      [&](const Row& row) { content = stored_json(row, 0); }, run));
  return content;
}

Result<std::vector<TaskRow>> RunReader::tasks(const std::string& run) {
  return collect(database_, std::string(kTaskColumns) + "WHERE run_id=? ORDER BY position",
                 task_from, run);
}

Result<TaskRow> RunReader::task(std::int64_t id) {
  auto rows =
      UNIMO_TRY(collect(database_, std::string(kTaskColumns) + "WHERE id=?", task_from, id));
  if (rows.empty()) return fail(ErrorCode::kNotFound, "there is no task number {}", id);
  return std::move(rows.front());
}

Result<TaskRow> RunReader::task(const std::string& run, const std::string& name) {
  auto rows = UNIMO_TRY(collect(database_, std::string(kTaskColumns) + "WHERE run_id=? AND name=?",
                                task_from, run, name));
  if (!rows.empty()) return std::move(rows.front());
  rows = UNIMO_TRY(
      collect(database_, std::string(kTaskColumns) + "WHERE run_id=? AND stage=? ORDER BY position",
              task_from, run, name));
  if (rows.size() == 1) return std::move(rows.front());
  if (rows.size() > 1) {
    return fail(ErrorCode::kConflict, "stage {} has {} tasks, such as {}; name one", name,
                rows.size(), rows.front().name);
  }
  std::vector<std::string> names;
  for (const TaskRow& task : UNIMO_TRY(tasks(run))) names.push_back(task.name);
  const auto close = did_you_mean(name, names);
  return fail(ErrorCode::kNotFound, "run {} has no task \"{}\"{}", run, name,
              close ? fmt::format(", did you mean {}?", *close) : "; see `unimo show`");
}

Result<std::vector<AttemptRow>> RunReader::attempts(std::int64_t task) {
  std::vector<AttemptRow> attempts;
  UNIMO_TRY(database_.query(
      "SELECT id, number, token, state, pid, host, directory, started_ms, finished_ms, exit_code, "
      "signal, max_rss_kib, "
      "user_s, system_s, events_offset, error FROM attempts WHERE task_id=? ORDER BY number",
      [&](const Row& row) {
        AttemptRow attempt;
        attempt.id = row.integer(0);
        attempt.task = task;
        attempt.number = static_cast<int>(row.integer(1));
        attempt.token = row.text(2);
        attempt.state = row.text(3);
        attempt.pid = row.integer(4);
        attempt.host = row.text(5);
        attempt.directory = row.text(6);
        attempt.started_ms = row.integer(7);
        attempt.finished_ms = row.optional_integer(8);
        attempt.exit_code = row.optional_integer(9);
        attempt.signal = row.optional_integer(10);
        attempt.max_rss_kib = row.optional_integer(11);
        attempt.user_s = row.optional_real(12);
        attempt.system_s = row.optional_real(13);
        attempt.events_offset = row.integer(14);
        attempt.error = row.text(15);
        attempts.push_back(std::move(attempt));
      },
      task));
  return attempts;
}

Result<std::vector<InputRow>> RunReader::inputs(std::int64_t task) {
  return collect(
      database_,
      "SELECT task_id, name, position, label, digest, artifact, source_task FROM task_inputs WHERE "
      "task_id=? ORDER BY name, position",
      input_from, task);
}

Result<std::vector<SeriesRow>> RunReader::series(std::int64_t task) {
  std::vector<SeriesRow> series;
  UNIMO_TRY(database_.query(
      "SELECT s.id, t.id, t.name, s.name, s.step, s.value, s.minimum, s.maximum FROM tasks t JOIN "
      "series s ON "
      "s.task_id = coalesce(t.origin_task, t.id) WHERE t.id=? ORDER BY s.name",
      [&](const Row& row) {
        series.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.integer(4),
                          row.optional_real(5), row.optional_real(6), row.optional_real(7)});
      },
      task));
  return series;
}

Result<std::vector<LatestMetric>> RunReader::latest_metrics(const std::string& run) {
  std::vector<LatestMetric> metrics;
  UNIMO_TRY(database_.query(
      "SELECT t.name, t.stage, s.name, s.step, s.value FROM tasks t JOIN series s ON s.task_id = "
      "coalesce(t.origin_task, t.id) WHERE t.run_id=? ORDER BY t.position, s.name",
      [&](const Row& row) {
        metrics.push_back(
            {row.text(0), row.text(1), row.text(2), row.integer(3), row.optional_real(4)});
      },
      run));
  return metrics;
}

Result<std::vector<PointRow>> RunReader::points(std::int64_t series, std::int64_t after_step) {
  std::vector<PointRow> points;
  UNIMO_TRY(database_.query(
      "SELECT step, time_ms, value FROM points WHERE series_id=? AND step>? ORDER BY step",
      [&](const Row& row) {
        points.push_back({row.integer(0), row.integer(1), row.optional_real(2)});
      },
      series, after_step));
  return points;
}

Result<std::vector<std::pair<std::string, double>>> RunReader::counts(std::int64_t task) {
  std::vector<std::pair<std::string, double>> counts;
  UNIMO_TRY(database_.query(
      "SELECT c.name, c.value FROM tasks t JOIN counts c ON c.task_id = coalesce(t.origin_task, "
      "t.id) WHERE t.id=? ORDER BY c.name",
      [&](const Row& row) { counts.emplace_back(row.text(0), row.real(1)); }, task));
  return counts;
}

Result<std::vector<NoteRow>> RunReader::notes(std::int64_t task) {
  std::vector<NoteRow> notes;
  UNIMO_TRY(database_.query(
      "SELECT time_ms, attempt, level, text FROM notes WHERE task_id=? ORDER BY id",
      [&](const Row& row) {
        notes.push_back(
            {row.integer(0), static_cast<int>(row.integer(1)), row.text(2), row.text(3)});
      },
      task));
  return notes;
}

Result<std::vector<KeyPart>> RunReader::key_parts(const std::string& key) {
  std::vector<KeyPart> parts;
  UNIMO_TRY(database_.query(
      "SELECT part, value FROM key_parts WHERE key=? ORDER BY part",
      [&](const Row& row) {
        parts.push_back({row.text(0), row.text(1)});
      },
      key));
  return parts;
}

Result<std::optional<ArtifactRow>> RunReader::artifact(const std::string& digest) {
  auto rows = UNIMO_TRY(
      collect(database_, std::string(kArtifactColumns) + "WHERE digest=?", artifact_from, digest));
  if (rows.empty()) return std::optional<ArtifactRow>();
  return std::optional(std::move(rows.front()));
}

Result<ArtifactRow> RunReader::find_artifact(const std::string& prefix) {
  auto rows = UNIMO_TRY(collect(
      database_, std::string(kArtifactColumns) + "WHERE substr(digest, 1, length(?1))=?1 LIMIT 2",
      artifact_from, prefix));
  if (rows.empty() || prefix.empty())
    return fail(ErrorCode::kNotFound, "no artifact \"{}\"", prefix);
  if (rows.size() > 1)
    return fail(ErrorCode::kConflict, "\"{}\" begins several digests; give more of it", prefix);
  return std::move(rows.front());
}

Result<std::vector<ArtifactRow>> RunReader::artifacts() {
  return collect(database_, std::string(kArtifactColumns) + "ORDER BY created_ms, digest",
                 artifact_from);
}

Result<std::vector<FileEntry>> RunReader::artifact_files(const std::string& digest) {
  std::vector<FileEntry> files;
  UNIMO_TRY(database_.query(
      "SELECT path, size_bytes, sha256 FROM artifact_files WHERE artifact=? ORDER BY path",
      [&](const Row& row) {
        files.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), row.text(2)});
      },
      digest));
  return files;
}

Result<std::optional<TaskRow>> RunReader::producer(const std::string& digest) {
  auto rows = UNIMO_TRY(collect(
      database_,
      std::string(kTaskColumns) + "WHERE artifact=? AND state='succeeded' ORDER BY id LIMIT 1",
      task_from, digest));
  if (rows.empty()) return std::optional<TaskRow>();
  return std::optional(std::move(rows.front()));
}

Result<std::vector<std::string>> RunReader::artifacts_of_run(const std::string& run) {
  std::vector<std::string> digests;
  UNIMO_TRY(database_.query(
      "SELECT DISTINCT artifact FROM tasks WHERE run_id=? AND artifact IS NOT NULL ORDER BY 1",
      [&](const Row& row) { digests.push_back(row.text(0)); }, run));
  return digests;
}

Result<std::optional<double>> RunReader::mean_seconds(const std::string& kind) {
  std::optional<double> seconds;
  UNIMO_TRY(database_.query(
      "SELECT avg(finished_ms - started_ms) / 1000.0 FROM tasks WHERE kind=? AND "
      "state='succeeded' AND started_ms IS NOT NULL AND finished_ms IS NOT NULL",
      [&](const Row& row) { seconds = row.optional_real(0); }, kind));
  return seconds;
}

}  // namespace unimo
