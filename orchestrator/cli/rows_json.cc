#include "orchestrator/cli/rows_json.h"

namespace unimo {

namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace

Json to_json(const RunRow& run) {
  return {{"id", run.id},
          {"experiment", run.experiment},
          {"description", run.description},
          {"state", run.state},
          {"created_ms", run.created_ms},
          {"finished_ms", or_null(run.finished_ms)},
          {"seed", run.seed},
          {"file", run.file},
          {"resolved_digest", run.resolved_digest},
          {"command_line", run.command_line},
          {"directory", run.directory},
          {"tasks_total", run.tasks_total},
          {"tasks_done", run.tasks_done},
          {"tasks_cached", run.tasks_cached},
          {"tasks_failed", run.tasks_failed}};
}

Json to_json(const TaskRow& task) {
  return {{"id", task.id},
          {"run", task.run},
          {"name", task.name},
          {"stage", task.stage},
          {"kind", task.kind},
          {"cell", task.cell},
          {"shard_index", task.shard_index},
          {"shard_count", task.shard_count},
          {"state", task.state},
          {"params", task.params},
          {"key", or_null(task.key)},
          {"reason", task.reason},
          {"artifact", or_null(task.artifact)},
          {"origin_task", or_null(task.origin_task)},
          {"started_ms", or_null(task.started_ms)},
          {"finished_ms", or_null(task.finished_ms)},
          {"progress_done", task.progress_done},
          {"progress_total", task.progress_total},
          {"progress_unit", task.progress_unit},
          {"error", task.error}};
}

Json to_json(const SourceRow& source) {
  return {{"digest", source.digest},     {"repository", source.repository},
          {"commit", source.commit},     {"branch", source.branch},
          {"remote", source.remote},     {"dirty", source.dirty},
          {"snapshot", source.snapshot}, {"snapshot_ref", source.snapshot_ref},
          {"changes", source.changes}};
}

Json to_json(const AttemptRow& attempt) {
  return {{"number", attempt.number},
          {"token", attempt.token},
          {"state", attempt.state},
          {"pid", attempt.pid},
          {"host", attempt.host},
          {"directory", attempt.directory},
          {"started_ms", attempt.started_ms},
          {"finished_ms", or_null(attempt.finished_ms)},
          {"exit_code", or_null(attempt.exit_code)},
          {"signal", or_null(attempt.signal)},
          {"max_rss_kib", or_null(attempt.max_rss_kib)},
          {"user_s", or_null(attempt.user_s)},
          {"system_s", or_null(attempt.system_s)},
          {"error", attempt.error}};
}

Json to_json(const ArtifactRow& artifact) {
  return {{"digest", artifact.digest},         {"kind", artifact.kind},
          {"size_bytes", artifact.size_bytes}, {"file_count", artifact.file_count},
          {"created_ms", artifact.created_ms}, {"present", artifact.present}};
}

Json to_json(const InputRow& input) {
  return {{"name", input.name},
          {"position", input.position},
          {"label", input.label},
          {"digest", input.digest},
          {"artifact", or_null(input.artifact)},
          {"source_task", or_null(input.source_task)}};
}

Json to_json(const SeriesRow& series) {
  return {{"id", series.id},
          {"task", series.task_name},
          {"name", series.name},
          {"step", series.step},
          {"value", or_null(series.value)},
          {"minimum", or_null(series.minimum)},
          {"maximum", or_null(series.maximum)}};
}

Json to_json(const LatestMetric& metric) {
  return {{"task", metric.task},
          {"stage", metric.stage},
          {"name", metric.name},
          {"step", metric.step},
          {"value", or_null(metric.value)}};
}

Json to_json(const NoteRow& note) {
  return {{"time_ms", note.time_ms},
          {"attempt", note.attempt},
          {"level", note.level},
          {"text", note.text}};
}

Json to_json(const FileEntry& file) {
  return {{"path", file.path}, {"size_bytes", file.size_bytes}, {"sha256", file.sha256}};
}

}  // namespace unimo
