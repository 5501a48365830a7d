// Where an artifact or a metric comes from, back to the raw files; artifacts and reports by
// themselves.
#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "web/api.h"

namespace unimo::web {
namespace {

constexpr std::size_t kMostSteps =
    150;  // leaves room for raw files among the boxes that can be drawn
constexpr std::int64_t kShownRawFiles = 5;

std::string short_digest(const std::string& digest) { return digest.substr(0, 12); }

// The story of one artifact: tasks, from the last back to the first, and the raw files they read.
class Pedigree {
 public:
  explicit Pedigree(RunReader& reader) : reader_(reader) {}

  // Follows inputs breadth first; each task once.
  Status follow(std::int64_t last) {
    std::deque<std::int64_t> waiting{last};
    place_[last] = 0;
    graph_.nodes.emplace_back();
    while (!waiting.empty()) {
      const std::int64_t id = waiting.front();
      waiting.pop_front();
      const TaskRow task = UNIMO_TRY(reader_.task(id));
      std::vector<InputRow> inputs = UNIMO_TRY(reader_.inputs(id));
      if (inputs.empty() && task.origin_task) inputs = UNIMO_TRY(reader_.inputs(*task.origin_task));
      describe(task);
      Json given = Json::array();
      for (const InputRow& input : inputs) {
        given.push_back(input_json(input));
        UNIMO_TRY(link_input(input, place_[id], waiting));
      }
      steps_[place_[id]]["inputs"] = std::move(given);
    }
    return ok();
  }

  void add_metric(const std::string& name, const Json& value, const std::string& href) {
    graph_.nodes.push_back(
        {.title = name,
         .subtitle = value.is_number() ? fmt::format("{:.4g}", value.get<double>()) : "no value",
         .css = "kind-metric",
         .href = href,
         .symbol = "#",
         .tooltip = "metric " + name});
    graph_.edges.push_back({0, graph_.nodes.size() - 1, ""});
  }

  Graph take_graph() { return std::move(graph_); }
  // Every step after those that it reads from.
  Json take_steps() {
    Json list = Json::array();
    std::set<std::size_t> done;
    add_step(0, done, list);
    return list;
  }
  Json take_raw() { return std::move(raw_); }
  bool complete() const { return complete_; }

 private:
  void add_step(std::size_t node, std::set<std::size_t>& done, Json& list) {
    if (!steps_.contains(node) || !done.insert(node).second) return;
    for (const GraphEdge& edge : graph_.edges) {
      if (edge.to == node) add_step(edge.from, done, list);
    }
    list.push_back(steps_[node]);
  }

  static Json input_json(const InputRow& input) {
    return {{"name", input.name},
            {"label", input.label},
            {"digest", input.digest},
            {"artifact", input.artifact.value_or("")}};
  }

  void describe(const TaskRow& task) {
    GraphNode& node = graph_.nodes[place_[task.id]];
    node.title = task.name.substr(0, task.name.find('['));
    node.subtitle =
        task.name.size() > node.title.size()
            ? task.name.substr(node.title.size() + 1, task.name.size() - node.title.size() - 2)
        : task.artifact ? short_digest(*task.artifact)
                        : task.state;
    node.css = "state-" + task.state;
    node.symbol = "◆";
    node.tooltip = fmt::format("{} ({}), run {}", task.name, task.kind, task.run);
    node.href = task.artifact ? "/lineage?artifact=" + *task.artifact
                              : fmt::format("/runs/{}?tab=tasks&task={}", escape_query(task.run),
                                            escape_query(task.name));
    steps_[place_[task.id]] = {{"task", task.name},
                               {"kind", task.kind},
                               {"run", task.run},
                               {"state", task.state},
                               {"key", task.key.value_or("")},
                               {"artifact", task.artifact.value_or("")},
                               {"params", task.params},
                               {"reason", task.reason}};
  }

  Status link_input(const InputRow& input, std::size_t consumer,
                    std::deque<std::int64_t>& waiting) {
    std::optional<std::int64_t> source = input.source_task;
    if (!source && input.artifact) {
      const auto producer = UNIMO_TRY(reader_.producer(*input.artifact));
      if (producer) source = producer->id;
    }
    if (!source) return link_raw(input, consumer);
    if (!place_.contains(*source)) {
      if (place_.size() >= kMostSteps) {
        complete_ = false;
        return ok();
      }
      place_[*source] = graph_.nodes.size();
      graph_.nodes.emplace_back();
      waiting.push_back(*source);
    }
    add_edge(place_[*source], consumer);
    return ok();
  }

  Status link_raw(const InputRow& input, std::size_t consumer) {
    const auto [it, fresh] = raw_place_.emplace(input.label + input.digest, graph_.nodes.size());
    if (fresh) {
      if (graph_.nodes.size() + 2 > kMostGraphNodes) {
        complete_ = false;
        raw_place_.erase(it);
        return ok();
      }
      const std::size_t slash = input.label.find_last_of('/');
      graph_.nodes.push_back(
          {.title = slash == std::string::npos ? input.label : input.label.substr(slash + 1),
           .subtitle = short_digest(input.digest),
           .css = "kind-raw",
           .symbol = "▤",
           .tooltip = input.label});
      UNIMO_TRY(describe_raw(input));
    }
    add_edge(it->second, consumer);
    return ok();
  }

  Status describe_raw(const InputRow& input) {
    Json raw = {
        {"label", input.label}, {"digest", input.digest}, {"files", Json::array()}, {"count", 0}};
    const std::string below = input.label + "/";
    std::string after = below;
    after.back() = '0';  // the character after '/', so that the range holds exactly what lies below
    UNIMO_TRY(reader_.database().query(
        "SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM raw_files WHERE path = ?1 OR (path > "
        "?2 AND path < ?3)",
        [&raw](const Row& row) {
          raw["count"] = row.integer(0);
          raw["size_bytes"] = row.integer(1);
        },
        input.label, below, after));
    UNIMO_TRY(reader_.database().query(
        "SELECT path, size_bytes, sha256 FROM raw_files WHERE path = ?1 OR (path > ?2 AND path < "
        "?3) "
        "ORDER BY path LIMIT ?4",
        [&raw](const Row& row) {
          raw["files"].push_back(
              {{"path", row.text(0)}, {"size_bytes", row.integer(1)}, {"sha256", row.text(2)}});
        },
        input.label, below, after, kShownRawFiles));
    raw_.push_back(std::move(raw));
    return ok();
  }

  void add_edge(std::size_t from, std::size_t to) {
    const bool known =
        std::any_of(graph_.edges.begin(), graph_.edges.end(),
                    [&](const GraphEdge& edge) { return edge.from == from && edge.to == to; });
    if (!known) graph_.edges.push_back({from, to, ""});
  }

  RunReader& reader_;
  Graph graph_;
  std::map<std::int64_t, std::size_t> place_;  // task to node
  std::map<std::string, std::size_t> raw_place_;
  std::map<std::size_t, Json> steps_;  // by node
  Json raw_ = Json::array();
  bool complete_ = true;
};

Json used_by(RunReader& reader, const std::string& digest, Status& status) {
  Json list = Json::array();
  status = reader.database().query(
      "SELECT DISTINCT t.run_id, t.name, t.kind, t.state FROM task_inputs i "
      "JOIN tasks t ON t.id = i.task_id WHERE i.artifact = ? ORDER BY t.id DESC LIMIT 100",
      [&list](const Row& row) {
        list.push_back({{"run", row.text(0)},
                        {"task", row.text(1)},
                        {"kind", row.text(2)},
                        {"state", row.text(3)}});
      },
      digest);
  return list;
}

Json made_by(RunReader& reader, const std::string& digest, Status& status) {
  Json list = Json::array();
  status = reader.database().query(
      "SELECT run_id, name, kind, state FROM tasks WHERE artifact = ? ORDER BY id LIMIT 100",
      [&list](const Row& row) {
        list.push_back({{"run", row.text(0)},
                        {"task", row.text(1)},
                        {"kind", row.text(2)},
                        {"state", row.text(3)}});
      },
      digest);
  return list;
}

// The task that the request asks about.
Result<TaskRow> subject(RunReader& reader, const Request& request) {
  const std::string artifact = request.param("artifact");
  if (artifact.empty()) {
    const RunRow run = UNIMO_TRY(reader.run(request.param("run")));
    const std::int64_t id = UNIMO_TRY(find_task(reader.database(), run.id, request.param("task")));
    return reader.task(id);
  }
  const ArtifactRow found = UNIMO_TRY(reader.find_artifact(artifact));
  auto producer = UNIMO_TRY(reader.producer(found.digest));
  if (!producer) {
    return fail(ErrorCode::kNotFound, "artifact {} is stored, but no task that made it is recorded",
                short_digest(found.digest));
  }
  return std::move(*producer);
}

Result<Json> metric_of(RunReader& reader, const TaskRow& task, const std::string& name) {
  for (const SeriesRow& series : UNIMO_TRY(reader.series(task.id))) {
    if (series.name == name) {
      return Json{{"name", name}, {"step", series.step}, {"value", metric_value(series.value)}};
    }
  }
  return fail(ErrorCode::kNotFound, "task '{}' has no metric '{}'", task.name, name);
}

}  // namespace

std::string commit_link(const std::string& remote, const std::string& commit) {
  if (commit.empty()) return {};
  std::string base = remote;
  if (base.starts_with("git@")) {
    const std::size_t colon = base.find(':');
    if (colon == std::string::npos) return {};
    base = "https://" + base.substr(4, colon - 4) + "/" + base.substr(colon + 1);
  }
  if (!base.starts_with("https://")) return {};
  // Credentials in a remote must not be printed on a page.
  const std::size_t at = base.find('@');
  if (at != std::string::npos) base = "https://" + base.substr(at + 1);
  if (base.ends_with(".git")) base.resize(base.size() - 4);
  const bool known = base.starts_with("https://github.com/") ||
                     base.starts_with("https://gitlab.com/") ||
                     base.starts_with("https://codeberg.org/");
  return known ? base + "/commit/" + commit : std::string();
}

Result<Json> api_lineage(const Api& api, const Request& request) {
  auto lease = UNIMO_TRY(api.pool.borrow());
  RunReader& reader = *lease;
  const TaskRow task = UNIMO_TRY(subject(reader, request));
  const std::string metric = request.param("metric");
  Pedigree pedigree(reader);
  UNIMO_TRY(pedigree.follow(task.id));
  Json page = {{"task", task.name},
               {"run", task.run},
               {"kind", task.kind},
               {"artifact", task.artifact.value_or("")}};
  if (!metric.empty()) {
    page["metric"] = UNIMO_TRY(metric_of(reader, task, metric));
    pedigree.add_metric(metric, page["metric"]["value"],
                        fmt::format("/runs/{}?tab=metrics&metric={}", escape_query(task.run),
                                    escape_query(metric)));
  }
  const auto source = UNIMO_TRY(reader.source(task.run));
  if (source) {
    page["source"] = {{"commit", source->commit},
                      {"branch", source->branch},
                      {"dirty", source->dirty},
                      {"snapshot", source->snapshot},
                      {"snapshot_ref", source->snapshot_ref},
                      {"link", commit_link(source->remote, source->commit)}};
  }
  page["complete"] = pedigree.complete();
  page["steps"] = pedigree.take_steps();
  page["raw"] = pedigree.take_raw();
  Status status = ok();
  page["used_by"] = task.artifact ? used_by(reader, *task.artifact, status) : Json::array();
  UNIMO_TRY(status);
  Graph graph = pedigree.take_graph();
  graph.label = "What " + (metric.empty() ? task.name : metric) + " was made from";
  graph.left_to_right = request.param("dir", "lr") != "tb";
  page["svg"] = UNIMO_TRY(api.graphs.svg(graph));
  return page;
}

Result<Json> api_artifact(const Api& api, const Request&, const std::string& digest) {
  auto lease = UNIMO_TRY(api.pool.borrow());
  RunReader& reader = *lease;
  const ArtifactRow artifact = UNIMO_TRY(reader.find_artifact(digest));
  Json page = {{"digest", artifact.digest},
               {"kind", artifact.kind},
               {"size_bytes", artifact.size_bytes},
               {"file_count", artifact.file_count},
               {"created_ms", artifact.created_ms},
               {"present", artifact.present},
               {"files", Json::array()}};
  constexpr std::int64_t kMostFiles = 500;
  UNIMO_TRY(reader.database().query(
      "SELECT path, size_bytes, sha256 FROM artifact_files WHERE artifact = ? ORDER BY path LIMIT "
      "?",
      [&page](const Row& row) {
        page["files"].push_back(
            {{"path", row.text(0)}, {"size_bytes", row.integer(1)}, {"sha256", row.text(2)}});
      },
      artifact.digest, kMostFiles));
  Status status = ok();
  page["made_by"] = made_by(reader, artifact.digest, status);
  UNIMO_TRY(status);
  page["used_by"] = used_by(reader, artifact.digest, status);
  UNIMO_TRY(status);
  return page;
}

Result<Json> api_reports(const Api& api, const Request&) {
  Json page = {{"reports", Json::array()}};
  auto lease = api.pool.borrow();
  if (!lease && lease.error().code == ErrorCode::kNotFound) return page;
  if (!lease) return tl::unexpected(lease.error());
  UNIMO_TRY((*lease)->database().query(
      "SELECT t.run_id, t.name, e.name, t.artifact, r.created_ms, COALESCE((SELECT f.path FROM "
      "artifact_files f WHERE f.artifact = t.artifact AND f.path LIKE '%.html' ORDER BY f.path "
      "LIMIT 1), '') "
      "FROM tasks t JOIN runs r ON r.id = t.run_id JOIN experiments e ON e.id = r.experiment_id "
      "WHERE t.kind = 'report' AND t.artifact IS NOT NULL ORDER BY t.run_id DESC, t.position LIMIT "
      "200",
      [&page](const Row& row) {
        page["reports"].push_back({{"run", row.text(0)},
                                   {"task", row.text(1)},
                                   {"experiment", row.text(2)},
                                   {"artifact", row.text(3)},
                                   {"created_ms", row.integer(4)},
                                   {"html", row.text(5)}});
      }));
  return page;
}

}  // namespace unimo::web
