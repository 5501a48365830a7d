// Runs: the table, and one run with everything its page shows.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "web/api.h"
#include "web/log_tail.h"

namespace unimo::web {
namespace {

constexpr std::size_t kHeadlineMetrics = 5;
// The scores that say most about a run, the most telling first.
constexpr std::array<std::string_view, 5> kHeadlines = {"text_to_image_r1", "image_to_text_r1",
                                                        "mean_recall", "cider", "bleu4"};
constexpr std::int64_t kMostHeadlineRows = 1000;
constexpr std::int64_t kMostTasks = 2000;
constexpr std::size_t kShownFailures = 4;
constexpr std::size_t kFailureLogBytes = 6000;

// Only names of this table reach the SQL text.
std::string order_clause(const std::string& sort, const std::string& order) {
  static const std::map<std::string, std::string, std::less<>> kColumns{
      {"created", "r.id"},        {"duration", "COALESCE(r.finished_ms, 9e15) - r.created_ms"},
      {"experiment", "e.name"},   {"state", "r.state"},
      {"tasks", "r.tasks_total"}, {"metric", "metric"}};
  const auto found = kColumns.find(sort);
  const std::string column = found == kColumns.end() ? "r.id" : found->second;
  const std::string direction = order == "asc" ? "ASC" : "DESC";
  return fmt::format("{} IS NULL, {} {}, r.id DESC", column, column, direction);
}

std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

// True in SQL for a task that is given what a baseline made.
constexpr std::string_view kOfBaseline =
    "EXISTS(SELECT 1 FROM task_inputs i JOIN tasks u ON u.id = i.source_task "
    "WHERE i.task_id = t.id AND u.kind LIKE 'baseline.%')";

Json headline(const Row& row) {
  return {{"task", row.text(0)},
          {"kind", row.text(1)},
          {"name", row.text(2)},
          {"value", metric_value(row.optional_real(3))},
          {"step", row.integer(4)}};
}

// The scores named in kHeadlines, one of each name: of the last task of the plan that is not a
// baseline, or else of the last one.
Result<Json> headline_scores(Database& db, const std::string& run) {
  std::map<std::string, Json, std::less<>> found;
  UNIMO_TRY(db.query(
      fmt::format("SELECT t.name, t.kind, s.name, s.value, s.step FROM tasks t "
                  "JOIN series s ON s.task_id = COALESCE(t.origin_task, t.id) "
                  "WHERE t.run_id = ? AND t.kind = 'score' AND s.name IN ('{}') "
                  "ORDER BY {}, t.position DESC LIMIT ?",
                  fmt::join(kHeadlines, "', '"), kOfBaseline),
      [&found](const Row& row) { found.try_emplace(row.text(2), headline(row)); }, run,
      kMostHeadlineRows));
  Json list = Json::array();
  for (const std::string_view name : kHeadlines) {
    const auto score = found.find(name);
    if (score != found.end()) list.push_back(std::move(score->second));
  }
  return list;
}

// The numbers that say how a run went: the telling scores, other scores, then what trained last.
Result<Json> headline_metrics(Database& db, const std::string& run) {
  Json list = UNIMO_TRY(headline_scores(db, run));
  if (list.size() >= kHeadlineMetrics) return list;
  std::set<std::string> names;
  for (const Json& score : list) names.insert(score["name"].get<std::string>());
  UNIMO_TRY(db.query(
      fmt::format("SELECT t.name, t.kind, s.name, s.value, s.step FROM tasks t "
                  "JOIN series s ON s.task_id = COALESCE(t.origin_task, t.id) "
                  "WHERE t.run_id = ? AND s.name NOT LIKE 'system.%' AND s.name <> 'lr' "
                  "AND s.name NOT IN ('{}') "
                  "ORDER BY t.kind = 'score' DESC, t.position DESC, s.id LIMIT ?",
                  fmt::join(names.empty() ? std::set<std::string>{""} : names, "', '")),
      [&list](const Row& row) {
        if (list.size() < kHeadlineMetrics) list.push_back(headline(row));
      },
      run, kHeadlineMetrics));
  return list;
}

Json run_row(const Row& row) {
  return {{"id", row.text(0)},
          {"experiment", row.text(1)},
          {"state", row.text(2)},
          {"created_ms", row.integer(3)},
          {"finished_ms", row.is_null(4) ? Json() : Json(row.integer(4))},
          {"seed", row.integer(5)},
          {"file", row.text(6)},
          {"tasks_total", row.integer(7)},
          {"tasks_done", row.integer(8)},
          {"tasks_cached", row.integer(9)},
          {"tasks_failed", row.integer(10)},
          {"commit", row.text(11)},
          {"dirty", row.integer(12) != 0},
          {"branch", row.text(13)}};
}

constexpr std::string_view kRunColumns =
    "r.id, e.name, r.state, r.created_ms, r.finished_ms, r.seed, r.file, r.tasks_total, "
    "r.tasks_done, r.tasks_cached, r.tasks_failed, COALESCE(s.commit_id, ''), "
    "COALESCE(s.dirty, 0), COALESCE(s.branch, '')";

Result<Json> experiment_list(Database& db) {
  Json list = Json::array();
  UNIMO_TRY(db.query(
      "SELECT e.name, e.description, COUNT(r.id), MAX(r.created_ms) FROM experiments e "
      "JOIN runs r ON r.experiment_id = e.id GROUP BY e.id ORDER BY MAX(r.created_ms) DESC",
      [&list](const Row& row) {
        list.push_back({{"name", row.text(0)},
                        {"description", row.text(1)},
                        {"runs", row.integer(2)},
                        {"latest_ms", row.integer(3)}});
      }));
  return list;
}

Result<Json> metric_names(Database& db) {
  // series has no index by name, and a list for a menu need not be complete.
  Json list = Json::array();
  UNIMO_TRY(
      db.query("SELECT DISTINCT name FROM (SELECT name FROM series ORDER BY id DESC LIMIT 2000) "
               "WHERE name NOT LIKE 'system.%' ORDER BY name LIMIT 200",
               [&list](const Row& row) { list.push_back(row.text(0)); }));
  return list;
}

Result<Json> source_of(Database& db, const std::string& run) {
  Json source;
  UNIMO_TRY(db.query(
      "SELECT s.digest, s.repository, s.commit_id, s.branch, s.remote, s.dirty, s.snapshot, "
      "s.snapshot_ref, s.changes FROM runs r JOIN sources s ON s.id = r.source_id WHERE r.id = ?",
      [&source](const Row& row) {
        source = {{"digest", row.text(0)},
                  {"repository", row.text(1)},
                  {"commit", row.text(2)},
                  {"branch", row.text(3)},
                  {"remote", row.text(4)},
                  {"dirty", row.integer(5) != 0},
                  {"snapshot", row.text(6)},
                  {"snapshot_ref", row.text(7)},
                  {"changes", stored_json(row.text(8))},
                  {"link", commit_link(row.text(4), row.text(2))}};
      },
      run));
  return source;
}

Json task_row(const Row& row) {
  Json task = {{"id", row.integer(0)},
               {"name", row.text(1)},
               {"stage", row.text(2)},
               {"kind", row.text(3)},
               {"cell", stored_json(row.text(4))},
               {"shard_index", row.integer(5)},
               {"shard_count", row.integer(6)},
               {"state", row.text(7)},
               {"key", row.text(8)},
               {"reason", row.text(9)},
               {"artifact", row.text(10)},
               {"started_ms", row.is_null(11) ? Json() : Json(row.integer(11))},
               {"finished_ms", row.is_null(12) ? Json() : Json(row.integer(12))},
               {"progress_done", row.integer(13)},
               {"progress_total", row.integer(14)},
               {"progress_unit", row.text(15)},
               {"error", row.text(16)},
               {"params", stored_json(row.text(17))},
               {"origin_run", row.text(18)},
               {"size_bytes", row.is_null(19) ? Json() : Json(row.integer(19))},
               {"file_count", row.is_null(20) ? Json() : Json(row.integer(20))},
               {"work_id", row.integer(21)},
               {"of_baseline", row.integer(22) != 0},
               {"attempts", Json::array()}};
  return task;
}

Result<Json> tasks_of(Database& db, const std::string& run) {
  Json tasks = Json::array();
  std::map<std::int64_t, std::size_t> place;
  UNIMO_TRY(db.query(
      "SELECT t.id, t.name, t.stage, t.kind, t.cell, t.shard_index, t.shard_count, t.state, "
      "COALESCE(t.key, ''), t.reason, COALESCE(t.artifact, ''), t.started_ms, t.finished_ms, "
      "t.progress_done, t.progress_total, t.progress_unit, t.error, t.params, "
      "COALESCE(o.run_id, ''), a.size_bytes, a.file_count, COALESCE(t.origin_task, t.id), " +
          std::string(kOfBaseline) +
          " FROM tasks t LEFT JOIN tasks o ON o.id = t.origin_task "
          "LEFT JOIN artifacts a ON a.digest = t.artifact "
          "WHERE t.run_id = ? ORDER BY t.position LIMIT ?",
      [&](const Row& row) {
        place[row.integer(0)] = tasks.size();
        tasks.push_back(task_row(row));
      },
      run, kMostTasks));
  UNIMO_TRY(db.query(
      "SELECT a.task_id, a.number, a.state, a.host, a.pid, a.started_ms, a.finished_ms, "
      "a.exit_code, a.signal, a.user_s, a.system_s, a.max_rss_kib, a.error "
      "FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE t.run_id = ? ORDER BY a.number",
      [&](const Row& row) {
        const auto found = place.find(row.integer(0));
        if (found == place.end()) return;
        const auto optional = [&row](int c) {
          return row.is_null(c) ? Json() : Json(row.integer(c));
        };
        tasks[found->second]["attempts"].push_back(
            {{"number", row.integer(1)},
             {"state", row.text(2)},
             {"host", row.text(3)},
             {"pid", row.integer(4)},
             {"started_ms", row.integer(5)},
             {"finished_ms", optional(6)},
             {"exit_code", optional(7)},
             {"signal", optional(8)},
             {"user_s", metric_value(row.optional_real(9))},
             {"system_s", metric_value(row.optional_real(10))},
             {"max_rss_kib", optional(11)},
             {"error", row.text(12)}});
      },
      run));
  return tasks;
}

Result<Json> series_of(Database& db, const std::string& run) {
  Json list = Json::array();
  UNIMO_TRY(db.query(
      "SELECT s.id, t.name, s.name, s.step, s.value, s.minimum, s.maximum, t.kind FROM tasks t "
      "JOIN series s ON s.task_id = COALESCE(t.origin_task, t.id) WHERE t.run_id = ? "
      "ORDER BY s.name, t.position LIMIT 5000",
      [&list](const Row& row) {
        list.push_back({{"id", row.integer(0)},
                        {"task", row.text(1)},
                        {"name", row.text(2)},
                        {"step", row.integer(3)},
                        {"value", metric_value(row.optional_real(4))},
                        {"minimum", metric_value(row.optional_real(5))},
                        {"maximum", metric_value(row.optional_real(6))},
                        {"kind", row.text(7)}});
      },
      run));
  return list;
}

Result<Json> counts_of(Database& db, const std::string& run) {
  Json list = Json::array();
  UNIMO_TRY(db.query(
      "SELECT t.name, c.name, c.value FROM tasks t "
      "JOIN counts c ON c.task_id = COALESCE(t.origin_task, t.id) WHERE t.run_id = ? "
      "ORDER BY t.position, c.name LIMIT 2000",
      [&list](const Row& row) {
        list.push_back({{"task", row.text(0)}, {"name", row.text(1)}, {"value", row.real(2)}});
      },
      run));
  return list;
}

// What the card of a failed task shows: how its last attempt ended, and the end of its log.
Json failures_of(const Api& api, Database& db, const Json& tasks) {
  Json list = Json::array();
  for (const Json& task : tasks) {
    if (task["state"] != "failed" || list.size() >= kShownFailures) continue;
    Json failure = {{"task", task["name"]}, {"error", task["error"]}, {"log", ""}};
    if (!task["attempts"].empty()) failure["attempt"] = task["attempts"].back();
    const auto log = find_log(db, task["id"].get<std::int64_t>(), 0, "stderr");
    if (log) {
      const auto tail = read_log(api.pool.paths(), *log,
                                 -static_cast<std::int64_t>(kFailureLogBytes), kFailureLogBytes);
      if (tail) failure["log"] = tail->text;
    }
    list.push_back(std::move(failure));
  }
  return list;
}

}  // namespace

Result<Json> api_status(const Api& api, const Request&) {
  Json status = {{"root", api.pool.paths().root.string()}, {"runs", 0}, {"running", 0}};
  auto lease = api.pool.borrow();
  if (!lease && lease.error().code != ErrorCode::kNotFound) return tl::unexpected(lease.error());
  if (!lease) return status;
  UNIMO_TRY((*lease)->database().query(
      "SELECT COUNT(*), COALESCE(SUM(state = 'running'), 0) FROM runs", [&status](const Row& row) {
        status["runs"] = row.integer(0);
        status["running"] = row.integer(1);
      }));
  return status;
}

Result<Json> api_runs(const Api& api, const Request& request) {
  Json page = {{"runs", Json::array()},    {"experiments", Json::array()},
               {"metrics", Json::array()}, {"total", 0},
               {"states", Json::object()}, {"root", api.pool.paths().root.string()}};
  auto lease = api.pool.borrow();
  // No store yet is an empty table, not a failure: the page then says how to begin.
  if (!lease && lease.error().code == ErrorCode::kNotFound) return page;
  if (!lease) return tl::unexpected(lease.error());
  Database& db = (*lease)->database();
  const std::int64_t limit = UNIMO_TRY(request.number("limit", 100, 1, 500));
  const std::int64_t offset = UNIMO_TRY(request.number("offset", 0, 0, 1'000'000'000));
  const std::string experiment = request.param("experiment");
  const std::string state = request.param("state");
  const std::string search = like_pattern(request.param("q"));
  std::string sort = request.param("sort", "created");
  std::string metric;
  if (sort.starts_with("metric:")) {
    metric = sort.substr(7);
    sort = "metric";
  }
  // Without a search the counts come from narrow columns alone.
  const std::string matching =
      request.param("q").empty()
          ? "?2 = '%%' "
          : "(r.id || ' ' || e.name || ' ' || r.file || ' ' || COALESCE(s.branch, '')) LIKE ?2 "
            "ESCAPE '\\' ";
  const std::string from =
      "FROM runs r JOIN experiments e ON e.id = r.experiment_id "
      "LEFT JOIN sources s ON s.id = r.source_id WHERE (?1 = '' OR e.name = ?1) AND " +
      matching;
  UNIMO_TRY(db.query(
      "SELECT r.state, COUNT(*) " + from + "GROUP BY r.state",
      [&](const Row& row) { page["states"][row.text(0)] = row.integer(1); }, experiment, search));
  std::int64_t total = 0;
  for (const auto& [name, count] : page["states"].items()) {
    if (state.empty() || state == name) total += count.get<std::int64_t>();
  }
  page["total"] = total;
  UNIMO_TRY(db.query(
      fmt::format(
          "SELECT {}, {} AS metric {} AND (?3 = '' OR r.state = ?3) ORDER BY {} LIMIT ?4 OFFSET ?5",
          kRunColumns,
          metric.empty() ? "NULL"
                         : "(SELECT MAX(x.value) FROM tasks t JOIN series x ON "
                           "x.task_id = COALESCE(t.origin_task, t.id) AND x.name = ?6 "
                           "WHERE t.run_id = r.id)",
          from, order_clause(sort, request.param("order"))),
      [&page](const Row& row) {
        page["runs"].push_back(run_row(row));
        page["runs"].back()["metric"] = metric_value(row.optional_real(14));
      },
      experiment, search, state, limit, offset, metric));
  for (Json& run : page["runs"]) {
    run["metrics"] = UNIMO_TRY(headline_metrics(db, run["id"].get<std::string>()));
  }
  page["experiments"] = UNIMO_TRY(experiment_list(db));
  page["metrics"] = UNIMO_TRY(metric_names(db));
  return page;
}

Result<Json> api_run(const Api& api, const Request&, const std::string& run) {
  auto lease = UNIMO_TRY(api.pool.borrow());
  Database& db = lease->database();
  Json page;
  UNIMO_TRY(db.query(
      fmt::format("SELECT {}, r.resolved, r.command_line, r.directory, r.resolved_digest, "
                  "e.description, COALESCE(n.content, 'null') FROM runs r "
                  "JOIN experiments e ON e.id = r.experiment_id "
                  "LEFT JOIN sources s ON s.id = r.source_id "
                  "LEFT JOIN environments n ON n.id = r.environment_id WHERE r.id = ?",
                  kRunColumns),
      [&page](const Row& row) {
        page["run"] = run_row(row);
        page["run"]["resolved"] = stored_json(row.text(14));
        page["run"]["command_line"] = row.text(15);
        page["run"]["directory"] = row.text(16);
        page["run"]["resolved_digest"] = row.text(17);
        page["run"]["description"] = row.text(18);
        page["environment"] = stored_json(row.text(19));
      },
      run));
  if (page.is_null()) {
    return fail(ErrorCode::kNotFound, "run '{}' is not in this store; /runs lists those that are",
                run);
  }
  page["source"] = UNIMO_TRY(source_of(db, run));
  page["tasks"] = UNIMO_TRY(tasks_of(db, run));
  page["series"] = UNIMO_TRY(series_of(db, run));
  page["counts"] = UNIMO_TRY(counts_of(db, run));
  page["metrics"] = UNIMO_TRY(headline_metrics(db, run));
  page["failures"] = failures_of(api, db, page["tasks"]);
  return page;
}

}  // namespace unimo::web
