// `unimo lineage`: from a run's task, a metric or an artifact back to raw files and a commit.
#include <fmt/format.h>

#include <set>

#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/look_commands.h"
#include "orchestrator/store/run_reader.h"

namespace unimo {

namespace {

// Nodes and edges, each node once, in the order in which they were reached.
struct LineageGraph {
  Json nodes = Json::array();
  Json edges = Json::array();
};

// The task that did the work of a cached one: its inputs and its code are the pedigree.
Result<TaskRow> worker_of(RunReader& reader, const TaskRow& task) {
  if (!task.origin_task) return task;
  return reader.task(*task.origin_task);
}

Result<Json> code_of(RunReader& reader, const std::string& run) {
  const auto source = UNIMO_TRY(reader.source(run));
  if (!source) return Json();
  return Json{{"commit", source->commit},
              {"branch", source->branch},
              {"dirty", source->dirty},
              {"snapshot", source->snapshot},
              {"changes", source->changes.size()}};
}

class Walker {
 public:
  explicit Walker(RunReader& reader) : reader_(reader) {}

  // Adds the task and everything above it; returns the node's id.
  Result<std::string> add_task(const TaskRow& task) {
    const TaskRow worker = UNIMO_TRY(worker_of(reader_, task));
    const std::string id = fmt::format("task:{}", worker.id);
    if (!seen_.insert(id).second) return id;
    graph_.nodes.push_back({{"id", id},
                            {"type", "task"},
                            {"name", worker.name},
                            {"kind", worker.kind},
                            {"run", worker.run},
                            {"artifact", worker.artifact ? Json(*worker.artifact) : Json()},
                            {"key", worker.key ? Json(*worker.key) : Json()},
                            {"params", worker.params},
                            {"code", UNIMO_TRY(code_of(reader_, worker.run))}});
    for (const InputRow& input : UNIMO_TRY(reader_.inputs(worker.id))) {
      std::string from;
      if (input.source_task) {
        const TaskRow source = UNIMO_TRY(reader_.task(*input.source_task));
        from = UNIMO_TRY(add_task(source));
      } else {
        from = "raw:" + input.label;
        if (seen_.insert(from).second) {
          graph_.nodes.push_back(
              {{"id", from}, {"type", "raw"}, {"path", input.label}, {"digest", input.digest}});
        }
      }
      graph_.edges.push_back(
          {{"from", from}, {"to", id}, {"input", input.name}, {"digest", input.digest}});
    }
    return id;
  }

  LineageGraph& graph() { return graph_; }

 private:
  RunReader& reader_;
  LineageGraph graph_;
  std::set<std::string> seen_;
};

const Json* find_node(const LineageGraph& graph, const std::string& id) {
  for (const Json& node : graph.nodes) {
    if (node.at("id") == id) return &node;
  }
  return nullptr;
}

std::string describe(const Json& node) {
  if (node.at("type") == "raw") {
    return fmt::format("{}  raw, sha256 {}", node.at("path").get<std::string>(),
                       short_digest(node.at("digest").get<std::string>()));
  }
  std::string text =
      fmt::format("{}  {}", node.at("name").get<std::string>(), node.at("kind").get<std::string>());
  if (node.at("artifact").is_string()) {
    text += "  artifact " + short_digest(node.at("artifact").get<std::string>());
  }
  const Json& code = node.at("code");
  if (code.is_object()) {
    const auto commit = code.at("commit").get<std::string>();
    text += commit.empty() ? "  no commit" : "  commit " + commit.substr(0, 8);
    if (code.at("dirty").get<bool>()) {
      text +=
          fmt::format(" with {} uncommitted change(s), kept as {}", code.at("changes").get<int>(),
                      short_digest(code.at("snapshot").get<std::string>()));
    }
  }
  return text;
}

void print_tree(const LineageGraph& graph, const std::string& id, int depth, const std::string& via,
                std::set<std::string>& printed) {
  const Json* node = find_node(graph, id);
  UNIMO_CHECK(node != nullptr, "lineage lost the node {}", id);
  const bool again = !printed.insert(id).second;
  print_out(fmt::format("{:{}}{}{}{}\n", "", depth * 2, via.empty() ? "" : via + ": ",
                        describe(*node), again && node->at("type") == "task" ? "  (above)" : ""));
  if (again) return;
  for (const Json& edge : graph.edges) {
    if (edge.at("to") == id) {
      print_tree(graph, edge.at("from").get<std::string>(), depth + 1,
                 edge.at("input").get<std::string>(), printed);
    }
  }
}

void print_dot(const LineageGraph& graph) {
  print_out("digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n");
  for (const Json& node : graph.nodes) {
    const bool raw = node.at("type") == "raw";
    print_out(fmt::format("  {} [label={}{}];\n", node.at("id").dump(),
                          (raw ? node.at("path") : node.at("name")).dump(),
                          raw ? ", shape=note" : ""));
  }
  for (const Json& edge : graph.edges) {
    print_out(fmt::format("  {} -> {} [label={}];\n", edge.at("from").dump(), edge.at("to").dump(),
                          edge.at("input").dump()));
  }
  print_out("}\n");
}

// The task that the options name: of a run, or the maker of an artifact.
Result<TaskRow> named_task(RunReader& reader, const LineageOptions& options) {
  const auto run = reader.run(options.node);
  if (run && !options.task.empty()) return reader.task(run->id, options.task);
  if (run) {
    return fail(
        ErrorCode::kInvalid,
        "name a task of run {}: `unimo lineage {} TASK [METRIC]`; `unimo show {}` lists them",
        run->id, options.node, options.node);
  }
  const auto artifact = reader.find_artifact(options.node);
  if (!artifact) return tl::unexpected(run.error());
  auto producer = UNIMO_TRY(reader.producer(artifact->digest));
  if (!producer)
    return fail(ErrorCode::kNotFound, "no recorded task made the artifact {}", artifact->digest);
  return std::move(*producer);
}

Result<Json> named_metric(RunReader& reader, const TaskRow& task, const std::string& metric) {
  std::vector<std::string> names;
  for (const SeriesRow& series : UNIMO_TRY(reader.series(task.id))) {
    if (series.name == metric) {
      return Json{{"name", metric},
                  {"value", series.value ? Json(*series.value) : Json()},
                  {"step", series.step}};
    }
    names.push_back(series.name);
  }
  const auto close = did_you_mean(metric, names);
  return fail(ErrorCode::kNotFound, "task {} has no metric \"{}\"{}", task.name, metric,
              close ? fmt::format(", did you mean {}?", *close)
                    : fmt::format("; it has: {}", fmt::join(names, ", ")));
}

}  // namespace

Result<int> lineage(const std::filesystem::path& root, const LineageOptions& options,
                    const ConsoleOptions& console) {
  auto reader = UNIMO_TRY(RunReader::open(root));
  const TaskRow task = UNIMO_TRY(named_task(reader, options));
  Json metric;
  if (!options.metric.empty()) metric = UNIMO_TRY(named_metric(reader, task, options.metric));
  Walker walker(reader);
  const std::string top = UNIMO_TRY(walker.add_task(task));
  if (console.json) {
    print_json({{"metric", metric},
                {"task", top},
                {"nodes", walker.graph().nodes},
                {"edges", walker.graph().edges}});
  } else if (options.dot) {
    print_dot(walker.graph());
  } else {
    if (metric.is_object()) {
      print_out(fmt::format("{} = {} (step {})\n", metric.at("name").get<std::string>(),
                            metric.at("value").dump(), metric.at("step").get<std::int64_t>()));
    }
    std::set<std::string> printed;
    print_tree(walker.graph(), top, metric.is_object() ? 1 : 0, "", printed);
  }
  return exit_code::kSuccess;
}

}  // namespace unimo
