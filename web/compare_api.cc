// Two runs side by side.
#include <map>
#include <set>

#include "web/api.h"

namespace unimo::web {
namespace {

using Flat = std::map<std::string, Json>;

// {"a": {"b": [1, 2]}} as {"a.b": [1,2]}: lists stay whole, they are read as one value.
void flatten(const std::string& path, const Json& value, Flat& out) {
  if (!value.is_object() || value.empty()) {
    out[path] = value;
    return;
  }
  for (const auto& [key, item] : value.items()) {
    flatten(path.empty() ? key : path + "." + key, item, out);
  }
}

// Rows {"name", "a", "b", "same"}; a side that lacks the name has no key.
Json side_by_side(const Flat& a, const Flat& b) {
  std::set<std::string> names;
  for (const auto& [name, value] : a) names.insert(name);
  for (const auto& [name, value] : b) names.insert(name);
  Json rows = Json::array();
  for (const std::string& name : names) {
    Json row = {{"name", name}};
    const auto left = a.find(name);
    const auto right = b.find(name);
    if (left != a.end()) row["a"] = left->second;
    if (right != b.end()) row["b"] = right->second;
    row["same"] = left != a.end() && right != b.end() && left->second == right->second;
    rows.push_back(std::move(row));
  }
  return rows;
}

Json head_of(const RunRow& run, const std::optional<SourceRow>& source) {
  Json head = {{"id", run.id},
               {"experiment", run.experiment},
               {"state", run.state},
               {"created_ms", run.created_ms},
               {"finished_ms", run.finished_ms ? Json(*run.finished_ms) : Json()},
               {"commit", source ? source->commit : ""},
               {"dirty", source && source->dirty},
               {"link", source ? commit_link(source->remote, source->commit) : ""}};
  return head;
}

Flat code_of(const std::optional<SourceRow>& source) {
  if (!source) return {{"repository", "none"}};
  Flat flat{{"commit", source->commit},
            {"branch", source->branch},
            {"uncommitted changes", source->dirty},
            {"digest", source->digest}};
  for (const Json& change : source->changes) {
    if (change.is_object()) flat["file " + change.value("path", "")] = change.value("status", "");
  }
  return flat;
}

// A metric of a task with the series that hold its history on either side.
struct MetricSide {
  std::optional<double> value;
  std::int64_t series = 0;
  std::int64_t step = 0;
};
using MetricMap = std::map<std::pair<std::string, std::string>, MetricSide>;

Result<MetricMap> metrics_of(Database& db, const std::string& run) {
  MetricMap metrics;
  UNIMO_TRY(db.query(
      "SELECT t.name, s.name, s.value, s.id, s.step FROM tasks t "
      "JOIN series s ON s.task_id = COALESCE(t.origin_task, t.id) WHERE t.run_id = ? LIMIT 20000",
      [&metrics](const Row& row) {
        metrics[{row.text(0), row.text(1)}] = {row.optional_real(2), row.integer(3),
                                               row.integer(4)};
      },
      run));
  return metrics;
}

Json metric_rows(const MetricMap& a, const MetricMap& b) {
  std::set<std::pair<std::string, std::string>> names;
  for (const auto& [name, side] : a) names.insert(name);
  for (const auto& [name, side] : b) names.insert(name);
  Json rows = Json::array();
  for (const auto& name : names) {
    Json row = {{"task", name.first}, {"name", name.second}};
    const auto put = [&row, &name](const MetricMap& metrics, const std::string& side) {
      const auto found = metrics.find(name);
      if (found == metrics.end()) return;
      row[side] = metric_value(found->second.value);
      row["series_" + side] = found->second.series;
      row["step_" + side] = found->second.step;
    };
    put(a, "a");
    put(b, "b");
    row["same"] = row.contains("a") && row.contains("b") && row["a"] == row["b"] &&
                  row["step_a"] == row["step_b"];
    rows.push_back(std::move(row));
  }
  return rows;
}

// Tasks of the same name: do they share the key, and if not, which parts of it differ?
Result<Json> task_rows(RunReader& reader, const std::string& a, const std::string& b) {
  std::map<std::string, std::pair<std::optional<TaskRow>, std::optional<TaskRow>>> tasks;
  std::vector<std::string> order;
  for (TaskRow& task : UNIMO_TRY(reader.tasks(a))) {
    order.push_back(task.name);
    tasks[task.name].first = std::move(task);
  }
  for (TaskRow& task : UNIMO_TRY(reader.tasks(b))) {
    if (!tasks.contains(task.name)) order.push_back(task.name);
    tasks[task.name].second = std::move(task);
  }
  Json rows = Json::array();
  for (const std::string& name : order) {
    const auto& [left, right] = tasks[name];
    Json row = {{"name", name}, {"parts", Json::array()}};
    Flat parts_a, parts_b;
    if (left) {
      row["a"] = {{"state", left->state},
                  {"key", left->key.value_or("")},
                  {"artifact", left->artifact.value_or("")}};
      for (const KeyPart& part : UNIMO_TRY(reader.key_parts(left->key.value_or(""))))
        parts_a[part.name] = part.value;
    }
    if (right) {
      row["b"] = {{"state", right->state},
                  {"key", right->key.value_or("")},
                  {"artifact", right->artifact.value_or("")}};
      for (const KeyPart& part : UNIMO_TRY(reader.key_parts(right->key.value_or(""))))
        parts_b[part.name] = part.value;
    }
    const bool same_key = left && right && left->key && left->key == right->key;
    row["same"] = same_key;
    if (left && right && left->key && right->key && !same_key) {
      for (Json& part : side_by_side(parts_a, parts_b)) {
        if (!part["same"].get<bool>()) row["parts"].push_back(std::move(part));
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<Flat> parameters_of(RunReader& reader, const RunRow& run) {
  Flat flat{{"seed", run.seed}};
  for (const TaskRow& task : UNIMO_TRY(reader.tasks(run.id))) {
    flatten(task.name, task.params.is_object() ? task.params : Json::object(), flat);
  }
  return flat;
}

}  // namespace

Result<Json> api_compare(const Api& api, const Request& request) {
  auto lease = UNIMO_TRY(api.pool.borrow());
  RunReader& reader = *lease;
  const RunRow a = UNIMO_TRY(reader.run(request.param("a")));
  const RunRow b = UNIMO_TRY(reader.run(request.param("b")));
  const auto source_a = UNIMO_TRY(reader.source(a.id));
  const auto source_b = UNIMO_TRY(reader.source(b.id));
  Flat environment_a, environment_b;
  flatten("", UNIMO_TRY(reader.environment(a.id)), environment_a);
  flatten("", UNIMO_TRY(reader.environment(b.id)), environment_b);
  return Json{{"a", head_of(a, source_a)},
              {"b", head_of(b, source_b)},
              {"params", side_by_side(UNIMO_TRY(parameters_of(reader, a)),
                                      UNIMO_TRY(parameters_of(reader, b)))},
              {"metrics", metric_rows(UNIMO_TRY(metrics_of(reader.database(), a.id)),
                                      UNIMO_TRY(metrics_of(reader.database(), b.id)))},
              {"tasks", UNIMO_TRY(task_rows(reader, a.id, b.id))},
              {"code", side_by_side(code_of(source_a), code_of(source_b))},
              {"environment", side_by_side(environment_a, environment_b)}};
}

}  // namespace unimo::web
