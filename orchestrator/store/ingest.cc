#include "orchestrator/store/ingest.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <string>

namespace unimo {

namespace {

constexpr std::size_t kMaxBytesPerCall = 8 << 20;

Result<std::string> read_from(const std::filesystem::path& file, std::int64_t offset) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::string();
    return fail(ErrorCode::kIo, "{}: cannot open: {}", file.string(), std::strerror(errno));
  }
  std::string bytes(kMaxBytesPerCall, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::pread(fd, bytes.data() + filled, bytes.size() - filled,
                                offset + static_cast<std::int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error_number = errno;
      ::close(fd);
      return fail(ErrorCode::kIo, "{}: cannot read: {}", file.string(),
                  std::strerror(error_number));
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  ::close(fd);
  bytes.resize(filled);
  return bytes;
}

Status add_metric(Database& database, std::int64_t task, const Event& event) {
  std::optional<double> value;
  if (!std::isnan(event.value)) value = event.value;
  UNIMO_TRY(database.run(
      "INSERT INTO series(task_id, name, step, value, minimum, maximum) VALUES(?1,?2,?3,?4,?4,?4) "
      "ON CONFLICT(task_id, name) DO UPDATE SET "
      "value = CASE WHEN excluded.step >= step THEN excluded.value ELSE value END, "
      "step = max(step, excluded.step), "
      "minimum = min(coalesce(minimum, excluded.value), coalesce(excluded.value, minimum)), "
      "maximum = max(coalesce(maximum, excluded.value), coalesce(excluded.value, maximum))",
      task, event.name, event.step, value));
  return database.run(
      "INSERT OR REPLACE INTO points(series_id, step, time_ms, value) "
      "SELECT id, ?3, ?4, ?5 FROM series WHERE task_id=?1 AND name=?2",
      task, event.name, event.step, event.time_ms, value);
}

Status add_note(Database& database, const AttemptRow& attempt, std::int64_t time_ms,
                std::string_view level, std::string_view text) {
  return database.run("INSERT INTO notes(task_id, attempt, time_ms, level, text) VALUES(?,?,?,?,?)",
                      attempt.task, attempt.number, time_ms, level, text);
}

Status apply(Database& database, const AttemptRow& attempt, const Event& event) {
  switch (event.type) {
    case EventType::kStarted: return ok();
    case EventType::kMetric: return add_metric(database, attempt.task, event);
    case EventType::kProgress:
      return database.run(
          "UPDATE tasks SET progress_done=?, progress_total=?, progress_unit=? WHERE id=?",
          event.step, event.total, event.name, attempt.task);
    case EventType::kNote:
      return add_note(database, attempt, event.time_ms, event.level, event.text);
    case EventType::kCount:
      return database.run("INSERT OR REPLACE INTO counts(task_id, name, value) VALUES(?,?,?)",
                          attempt.task, event.name, event.value);
    case EventType::kFinished: return ok();
  }
  return ok();
}

}  // namespace

Result<IngestOutcome> ingest_events(Database& database, AttemptRow& attempt,
                                    const std::filesystem::path& file) {
  IngestOutcome outcome;
  const std::string bytes = UNIMO_TRY(read_from(file, attempt.events_offset));
  const std::size_t end = bytes.rfind('\n');
  if (end == std::string::npos) return outcome;
  // After a power cut the lines are read again.
  auto transaction = UNIMO_TRY(Transaction::begin(database, Durability::kKill));
  std::size_t start = 0;
  while (start <= end) {
    const std::size_t line_end = bytes.find('\n', start);
    const std::string_view line(bytes.data() + start, line_end - start);
    start = line_end + 1;
    if (line.empty()) continue;
    const auto event = parse_event(line);
    if (event) {
      UNIMO_TRY(apply(database, attempt, *event));
      if (event->type == EventType::kFinished) outcome.finished = *event;
      if (event->type == EventType::kProgress) outcome.progress = *event;
      ++outcome.events;
    } else {
      UNIMO_TRY(add_note(database, attempt, 0, "warning",
                         fmt::format("unreadable event line skipped: {}", line.substr(0, 200))));
      ++outcome.unreadable;
    }
  }
  const std::int64_t offset = attempt.events_offset + static_cast<std::int64_t>(end) + 1;
  UNIMO_TRY(database.run("UPDATE attempts SET events_offset=? WHERE id=?", offset, attempt.id));
  UNIMO_TRY(transaction.commit());
  attempt.events_offset = offset;
  return outcome;
}

}  // namespace unimo
