// Histories of metrics and logs of attempts.
#include <charconv>
#include <cmath>

#include "web/api.h"
#include "web/log_tail.h"
#include "web/thin.h"

namespace unimo::web {
namespace {

constexpr std::size_t kMostSeries = 24;

Result<std::vector<std::int64_t>> series_ids(const std::string& text) {
  std::vector<std::int64_t> ids;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    std::int64_t id = 0;
    const char* last = text.data() + comma;
    const auto [end, code] = std::from_chars(text.data() + begin, last, id);
    if (code != std::errc() || end != last || id <= 0) {
      return fail(ErrorCode::kInvalid,
                  "series: '{}' is not a list of ids such as 3,7; a run's page names them", text);
    }
    ids.push_back(id);
    begin = comma + 1;
  }
  if (ids.size() > kMostSeries) {
    return fail(ErrorCode::kInvalid, "series: {} at once are too many; at most {}", ids.size(),
                kMostSeries);
  }
  return ids;
}

Result<Json> one_series(Database& db, std::int64_t id, std::size_t most) {
  Json series;
  UNIMO_TRY(db.query(
      "SELECT s.name, t.name, t.run_id FROM series s JOIN tasks t ON t.id = s.task_id WHERE s.id = "
      "?",
      [&series, id](const Row& row) {
        series = {{"id", id}, {"name", row.text(0)}, {"task", row.text(1)}, {"run", row.text(2)}};
      },
      id));
  if (series.is_null()) return fail(ErrorCode::kNotFound, "series {} is not in this store", id);
  std::vector<MetricPoint> points;
  UNIMO_TRY(db.query(
      "SELECT step, time_ms, value FROM points WHERE series_id = ? ORDER BY step",
      [&points](const Row& row) {
        points.push_back({row.integer(0), row.integer(1), row.optional_real(2)});
      },
      id));
  series["total"] = points.size();
  Json list = Json::array();
  for (const MetricPoint& point : thin(points, most)) {
    list.push_back({point.step, point.time_ms, metric_value(point.value)});
  }
  series["points"] = std::move(list);
  return series;
}

Result<Json> notes_of(Database& db, std::int64_t task) {
  Json notes = Json::array();
  UNIMO_TRY(db.query(
      "SELECT time_ms, level, text, attempt FROM (SELECT * FROM notes WHERE task_id = ? "
      "ORDER BY id DESC LIMIT 2000) ORDER BY id",
      [&notes](const Row& row) {
        notes.push_back({{"time_ms", row.integer(0)},
                         {"level", row.text(1)},
                         {"text", row.text(2)},
                         {"attempt", row.integer(3)}});
      },
      task));
  return notes;
}

}  // namespace

Json metric_value(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

Json stored_json(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json() : value;
}

Result<std::int64_t> find_task(Database& database, const std::string& run,
                               const std::string& task) {
  std::int64_t id = 0;
  UNIMO_TRY(database.query(
      "SELECT id FROM tasks WHERE run_id = ? AND name = ?",
      [&id](const Row& row) { id = row.integer(0); }, run, task));
  if (id == 0) return fail(ErrorCode::kNotFound, "run '{}' has no task '{}'", run, task);
  return id;
}

Result<Json> api_points(const Api& api, const Request& request) {
  const auto ids = UNIMO_TRY(series_ids(request.param("series")));
  const auto most = UNIMO_TRY(request.number("points", 2000, 4, 2000));
  auto lease = UNIMO_TRY(api.pool.borrow());
  Json list = Json::array();
  for (const std::int64_t id : ids) {
    list.push_back(UNIMO_TRY(one_series(lease->database(), id, static_cast<std::size_t>(most))));
  }
  return Json{{"series", std::move(list)}};
}

Result<Json> api_log(const Api& api, const Request& request, const std::string& run) {
  constexpr std::int64_t kMostBytes = 512 * 1024;
  const std::string stream = request.param("stream", "stderr");
  if (stream != "stdout" && stream != "stderr" && stream != "notes") {
    return fail(ErrorCode::kInvalid, "stream: '{}' is not one of stderr, stdout, notes", stream);
  }
  const auto attempt = UNIMO_TRY(request.number("attempt", 0, 0, 1'000'000));
  const auto offset = UNIMO_TRY(request.number("offset", -65536, -kMostBytes, 1LL << 60));
  const auto limit = UNIMO_TRY(request.number("limit", kMostBytes, 1, kMostBytes));
  auto lease = UNIMO_TRY(api.pool.borrow());
  Database& db = lease->database();
  const std::int64_t task = UNIMO_TRY(find_task(db, run, request.param("task")));
  std::int64_t worker = task;
  UNIMO_TRY(db.query(
      "SELECT COALESCE(origin_task, id) FROM tasks WHERE id = ?",
      [&worker](const Row& row) { worker = row.integer(0); }, task));
  if (stream == "notes") return Json{{"notes", UNIMO_TRY(notes_of(db, worker))}};
  const LogPlace place = UNIMO_TRY(find_log(db, worker, attempt, stream));
  const LogPart part =
      UNIMO_TRY(read_log(api.pool.paths(), place, offset, static_cast<std::size_t>(limit)));
  return Json{{"text", part.text},
              {"offset", part.offset},
              {"next", part.offset + static_cast<std::int64_t>(part.text.size())},
              {"size", part.size},
              {"attempt", place.attempt},
              {"running", place.running},
              {"file", place.file.string()}};
}

}  // namespace unimo::web
