#include "orchestrator/store/run_writer.h"

#include "orchestrator/store/store.h"

namespace unimo {

namespace {

Result<std::optional<std::int64_t>> row_id(Database& database, std::string_view sql,
                                           const std::string& value) {
  std::optional<std::int64_t> id;
  UNIMO_TRY(database.query(
      sql, [&](const Row& row) { id = row.integer(0); }, value));
  return id;
}

Result<std::int64_t> experiment_id(Database& database, const RunRow& run) {
  UNIMO_TRY(
      database.run("INSERT INTO experiments(name, description) VALUES(?,?) "
                   "ON CONFLICT(name) DO UPDATE SET description=excluded.description",
                   run.experiment, run.description));
  return *UNIMO_TRY(row_id(database, "SELECT id FROM experiments WHERE name=?", run.experiment));
}

Result<std::optional<std::int64_t>> source_id(Database& database, const SourceRow* source) {
  if (source == nullptr) return std::optional<std::int64_t>();
  UNIMO_TRY(database.run(
      "INSERT INTO sources(digest, repository, commit_id, branch, remote, dirty, snapshot, "
      "snapshot_ref, changes) VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(digest) DO NOTHING",
      source->digest, source->repository, source->commit, source->branch, source->remote,
      source->dirty, source->snapshot, source->snapshot_ref, canonical_text(source->changes)));
  return row_id(database, "SELECT id FROM sources WHERE digest=?", source->digest);
}

Result<std::int64_t> environment_id(Database& database, const Json& environment) {
  const std::string content = canonical_text(environment);
  const std::string digest = sha256_hex(content);
  UNIMO_TRY(database.run(
      "INSERT INTO environments(digest, content) VALUES(?,?) ON CONFLICT(digest) DO NOTHING",
      digest, content));
  return *UNIMO_TRY(row_id(database, "SELECT id FROM environments WHERE digest=?", digest));
}

Status insert_task(Database& database, TaskRow& task) {
  UNIMO_TRY(database.run(
      "INSERT INTO tasks(run_id, position, name, stage, kind, cell, shard_index, shard_count, "
      "state, params, reason) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?)",
      task.run, task.position, task.name, task.stage, task.kind, canonical_text(task.cell),
      task.shard_index, task.shard_count, task.state, canonical_text(task.params), task.reason));
  task.id = database.last_insert_id();
  return ok();
}

}  // namespace

Status RunWriter::add_run(const RunRow& run, const SourceRow* source, const Json& environment,
                          std::span<TaskRow> tasks) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_));
  const std::int64_t experiment = UNIMO_TRY(experiment_id(database_, run));
  const auto source_row = UNIMO_TRY(source_id(database_, source));
  const std::int64_t environment_row = UNIMO_TRY(environment_id(database_, environment));
  UNIMO_TRY(database_.run(
      "INSERT INTO runs(id, experiment_id, state, created_ms, seed, file, resolved, "
      "resolved_digest, command_line, "
      "directory, source_id, environment_id, tasks_total) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
      run.id, experiment, run.state, run.created_ms, run.seed, run.file,
      canonical_text(run.resolved), run.resolved_digest, run.command_line, run.directory,
      source_row, environment_row, tasks.size()));
  for (TaskRow& task : tasks) UNIMO_TRY(insert_task(database_, task));
  return transaction.commit();
}

Status RunWriter::finish_run(const std::string& run, std::string_view run_state) {
  UNIMO_TRY(database_.set_durability(Durability::kPowerCut));
  return database_.run("UPDATE runs SET state=?, finished_ms=? WHERE id=?", run_state, now_ms(),
                       run);
}

Status RunWriter::reopen_run(const std::string& run, const std::string& command_line) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  UNIMO_TRY(
      database_.run("UPDATE runs SET state='running', finished_ms=NULL, tasks_failed=0, "
                    "command_line=? WHERE id=?",
                    command_line, run));
  UNIMO_TRY(database_.run(
      "UPDATE tasks SET state='pending', error='', finished_ms=NULL WHERE run_id=? AND state IN "
      "('running','failed','skipped','interrupted')",
      run));
  return transaction.commit();
}

Result<std::optional<CacheHit>> RunWriter::find_cached(const std::string& key) {
  std::optional<CacheHit> hit;
  UNIMO_TRY(database_.query(
      "SELECT artifact, task_id FROM cache WHERE key=?",
      [&](const Row& row) {
        hit = CacheHit{row.text(0), row.integer(1)};
      },
      key));
  return hit;
}

Status RunWriter::set_key(std::int64_t task, const std::string& key, std::span<const KeyPart> parts,
                          std::span<const InputRow> inputs) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  UNIMO_TRY(database_.run("UPDATE tasks SET key=? WHERE id=?", key, task));
  for (const KeyPart& part : parts) {
    UNIMO_TRY(database_.run("INSERT OR IGNORE INTO key_parts(key, part, value) VALUES(?,?,?)", key,
                            part.name, part.value));
  }
  UNIMO_TRY(replace_inputs(task, inputs));
  return transaction.commit();
}

Status RunWriter::replace_inputs(std::int64_t task, std::span<const InputRow> inputs) {
  UNIMO_TRY(database_.run("DELETE FROM task_inputs WHERE task_id=?", task));
  for (const InputRow& input : inputs) {
    UNIMO_TRY(database_.run(
        "INSERT INTO task_inputs(task_id, name, position, label, digest, artifact, source_task) "
        "VALUES(?,?,?,?,?,?,?)",
        task, input.name, input.position, input.label, input.digest, input.artifact,
        input.source_task));
  }
  return ok();
}

Status RunWriter::settle_cached(std::span<const SettledTask> tasks) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  for (const SettledTask& settled : tasks) {
    UNIMO_TRY(replace_inputs(settled.task, settled.inputs));
    UNIMO_TRY(database_.run(
        "UPDATE tasks SET state='cached', key=?, artifact=?, origin_task=?, reason=?, error='' "
        "WHERE id=?",
        settled.key, settled.hit.artifact, settled.hit.task, settled.reason, settled.task));
    UNIMO_TRY(count_task(settled.task));
  }
  return transaction.commit();
}

Status RunWriter::set_cached(std::int64_t task, const CacheHit& hit, const std::string& reason) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  UNIMO_TRY(database_.run(
      "UPDATE tasks SET state='cached', artifact=?, origin_task=?, reason=?, error='' WHERE id=?",
      hit.artifact, hit.task, reason, task));
  UNIMO_TRY(count_task(task));
  return transaction.commit();
}

Result<std::int64_t> RunWriter::start_attempt(const AttemptRow& attempt,
                                              const std::string& reason) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  UNIMO_TRY(database_.run(
      "INSERT INTO attempts(task_id, number, token, state, pid, host, directory, started_ms) "
      "VALUES(?,?,?,'running',?,?,?,?)",
      attempt.task, attempt.number, attempt.token, attempt.pid, attempt.host, attempt.directory,
      attempt.started_ms));
  const std::int64_t id = database_.last_insert_id();
  UNIMO_TRY(database_.run(
      "UPDATE tasks SET state='running', started_ms=?, finished_ms=NULL, reason=?, error='' "
      "WHERE id=?",
      attempt.started_ms, reason, attempt.task));
  UNIMO_TRY(transaction.commit());
  return id;
}

Status RunWriter::publish(const AttemptRow& attempt, const ExitStatus& exit, const std::string& key,
                          const std::string& kind, const Artifact& artifact) {
  const std::int64_t now = now_ms();
  auto transaction = UNIMO_TRY(Transaction::begin(database_));
  UNIMO_TRY(database_.run(
      "INSERT INTO artifacts(digest, kind, size_bytes, file_count, created_ms) VALUES(?,?,?,?,?) "
      "ON CONFLICT(digest) DO UPDATE SET present=1",
      artifact.digest, kind, artifact.size_bytes(), artifact.files.size(), now));
  for (const FileEntry& file : artifact.files) {
    UNIMO_TRY(database_.run(
        "INSERT OR IGNORE INTO artifact_files(artifact, path, size_bytes, sha256) VALUES(?,?,?,?)",
        artifact.digest, file.path, file.size_bytes, file.sha256));
  }
  UNIMO_TRY(database_.run(
      "INSERT INTO cache(key, artifact, task_id, created_ms) VALUES(?,?,?,?) ON CONFLICT(key) DO "
      "UPDATE SET artifact=excluded.artifact, task_id=excluded.task_id",
      key, artifact.digest, attempt.task, now));
  UNIMO_TRY(database_.run(
      "UPDATE attempts SET state='succeeded', finished_ms=?, exit_code=?, user_s=?, system_s=?, "
      "max_rss_kib=? WHERE id=?",
      now, exit.code, exit.user_s, exit.system_s, exit.max_rss_kib, attempt.id));
  UNIMO_TRY(database_.run(
      "UPDATE tasks SET state='succeeded', artifact=?, origin_task=NULL, finished_ms=? WHERE id=?",
      artifact.digest, now, attempt.task));
  UNIMO_TRY(count_task(attempt.task));
  return transaction.commit();
}

Status RunWriter::end_attempt(const AttemptRow& attempt, const std::optional<ExitStatus>& exit,
                              std::string_view attempt_state, std::string_view task_state,
                              const std::string& error) {
  const std::int64_t now = now_ms();
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  std::optional<std::int64_t> code, signal, rss;
  std::optional<double> user, system;
  if (exit) {
    code = exit->code;
    signal = exit->signal;
    rss = exit->max_rss_kib;
    user = exit->user_s;
    system = exit->system_s;
  }
  UNIMO_TRY(database_.run(
      "UPDATE attempts SET state=?, finished_ms=?, exit_code=?, signal=?, user_s=?, system_s=?, "
      "max_rss_kib=?, error=? WHERE id=?",
      attempt_state, now, code, signal, user, system, rss, error, attempt.id));
  UNIMO_TRY(database_.run("UPDATE tasks SET state=?, finished_ms=?, error=? WHERE id=?", task_state,
                          now, error, attempt.task));
  if (task_state == state::kFailed) UNIMO_TRY(count_task(attempt.task));
  return transaction.commit();
}

Result<int> RunWriter::next_attempt_number(std::int64_t task) {
  std::int64_t number = 1;
  UNIMO_TRY(database_.query(
      "SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE task_id=?",
      [&](const Row& row) { number = row.integer(0); }, task));
  return static_cast<int>(number);
}

Status RunWriter::fail_task(std::int64_t task, const std::string& error) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  UNIMO_TRY(database_.run("UPDATE tasks SET state='failed', finished_ms=?, error=? WHERE id=?",
                          now_ms(), error, task));
  UNIMO_TRY(count_task(task));
  return transaction.commit();
}

Status RunWriter::set_attempt_pid(std::int64_t attempt, std::int64_t pid) {
  return database_.run("UPDATE attempts SET pid=? WHERE id=?", pid, attempt);
}

Status RunWriter::add_note(const AttemptRow& attempt, std::string_view level,
                           std::string_view text) {
  return database_.run(
      "INSERT INTO notes(task_id, attempt, time_ms, level, text) VALUES(?,?,?,?,?)", attempt.task,
      attempt.number, now_ms(), level, text);
}

Status RunWriter::interrupt_running_runs() {
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  UNIMO_TRY(
      database_.run("UPDATE tasks SET state='interrupted' WHERE state='running' AND run_id IN "
                    "(SELECT id FROM runs WHERE state='running')"));
  UNIMO_TRY(database_.run("UPDATE runs SET state='interrupted' WHERE state='running'"));
  return transaction.commit();
}

Status RunWriter::set_task_state(std::int64_t task, std::string_view task_state,
                                 const std::string& reason) {
  return database_.run("UPDATE tasks SET state=?, reason=? WHERE id=?", task_state, reason, task);
}

Result<std::vector<AttemptRow>> RunWriter::running_attempts() {
  std::vector<AttemptRow> attempts;
  UNIMO_TRY(database_.query(
      "SELECT id, task_id, number, token, pid, host, directory, started_ms, events_offset "
      "FROM attempts WHERE state='running' ORDER BY id",
      [&](const Row& row) {
        AttemptRow attempt;
        attempt.id = row.integer(0);
        attempt.task = row.integer(1);
        attempt.number = static_cast<int>(row.integer(2));
        attempt.token = row.text(3);
        attempt.state = state::kRunning;
        attempt.pid = row.integer(4);
        attempt.host = row.text(5);
        attempt.directory = row.text(6);
        attempt.started_ms = row.integer(7);
        attempt.events_offset = row.integer(8);
        attempts.push_back(std::move(attempt));
      }));
  return attempts;
}

Status RunWriter::remember_raw_files(std::span<const RawFileRow> files) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_, Durability::kKill));
  for (const RawFileRow& file : files) {
    UNIMO_TRY(database_.run(
        "INSERT OR REPLACE INTO raw_files(path, size_bytes, mtime_ns, ctime_ns, inode, sha256) "
        "VALUES(?,?,?,?,?,?)",
        file.path, file.size_bytes, file.mtime_ns, file.ctime_ns, file.inode, file.sha256));
  }
  return transaction.commit();
}

Status RunWriter::drop_artifact(const std::string& digest) {
  auto transaction = UNIMO_TRY(Transaction::begin(database_));
  UNIMO_TRY(database_.run("DELETE FROM cache WHERE artifact=?", digest));
  UNIMO_TRY(database_.run("UPDATE artifacts SET present=0 WHERE digest=?", digest));
  return transaction.commit();
}

// Keeps the run's counters true with one indexed update, however many tasks there are.
Status RunWriter::count_task(std::int64_t task) {
  return database_.run(
      "UPDATE runs SET tasks_done = tasks_done + (t.state IN ('succeeded','cached')), "
      "tasks_cached = tasks_cached + (t.state='cached'), tasks_failed = tasks_failed + "
      "(t.state='failed') "
      "FROM (SELECT run_id, state FROM tasks WHERE id=?) AS t WHERE runs.id = t.run_id",
      task);
}

}  // namespace unimo
