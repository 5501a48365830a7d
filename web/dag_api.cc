// The graph of a run's tasks, or of its stages when there are many.
#include <map>
#include <set>

#include "web/api.h"
#include "web/task_edges.h"

namespace unimo::web {
namespace {

constexpr std::int64_t kMostTasks = 20000;
constexpr std::size_t kMostDrawnTasks = 48;

std::string_view state_symbol(const std::string& state) {
  if (state == "succeeded") return "✓";
  if (state == "cached") return "↺";
  if (state == "running") return "▶";
  if (state == "failed") return "✕";
  if (state == "interrupted") return "‖";
  if (state == "skipped") return "–";
  return "○";
}

// "finetune[task=vqa]" as the two lines of a box; a task without a cell says its kind instead.
std::pair<std::string, std::string> title_lines(const std::string& name, const std::string& kind) {
  const std::size_t bracket = name.find('[');
  if (bracket == std::string::npos || !name.ends_with(']')) return {name, kind == name ? "" : kind};
  return {name.substr(0, bracket), name.substr(bracket + 1, name.size() - bracket - 2)};
}

// One box per task.
Graph task_graph(const std::string& run, const std::vector<DrawnTask>& tasks,
                 const std::vector<TaskEdge>& inputs) {
  Graph graph;
  std::map<std::int64_t, std::size_t> place;
  for (const DrawnTask& task : tasks) {
    place[task.id] = graph.nodes.size();
    auto [title, subtitle] = title_lines(task.name, task.kind);
    graph.nodes.push_back(
        {.title = std::move(title),
         .subtitle = subtitle.empty() ? task.state : subtitle,
         .css = "state-" + task.state,
         .href =
             fmt::format("/runs/{}?tab=tasks&task={}", escape_query(run), escape_query(task.name)),
         .symbol = std::string(state_symbol(task.state)),
         .tooltip = fmt::format("{} ({}): {}", task.name, task.kind, task.state)});
  }
  for (const auto& [from, to] : inputs) {
    if (place.contains(from) && place.contains(to))
      graph.edges.push_back({place[from], place[to], ""});
  }
  return graph;
}

// A stage is as far as its least happy task.
std::string stage_state(const std::map<std::string, int>& states) {
  for (const char* state : {"failed", "running", "interrupted", "pending", "skipped"}) {
    if (states.contains(state)) return state;
  }
  return states.contains("succeeded") ? "succeeded" : "cached";
}

// One box per stage.
Graph stage_graph(const std::string& run, const std::vector<DrawnTask>& tasks,
                  const std::vector<TaskEdge>& inputs) {
  Graph graph;
  std::map<std::string, std::size_t> place;
  std::map<std::int64_t, std::size_t> stage_of_task;
  std::vector<std::map<std::string, int>> states;
  for (const DrawnTask& task : tasks) {
    const auto [it, fresh] = place.emplace(task.stage, graph.nodes.size());
    if (fresh) {
      graph.nodes.push_back({.title = task.stage,
                             .href = fmt::format("/runs/{}?tab=tasks&q={}", escape_query(run),
                                                 escape_query(task.stage))});
      states.emplace_back();
    }
    ++states[it->second][task.state];
    stage_of_task[task.id] = it->second;
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    int total = 0;
    for (const auto& [state, count] : states[i]) total += count;
    const int done = states[i]["succeeded"] + states[i]["cached"];
    std::erase_if(states[i], [](const auto& item) { return item.second == 0; });
    const std::string state = stage_state(states[i]);
    graph.nodes[i].subtitle = fmt::format("{} of {} done", done, total);
    graph.nodes[i].css = "state-" + state;
    graph.nodes[i].symbol = state_symbol(state);
    graph.nodes[i].tooltip =
        fmt::format("{}: {}, {} of {} tasks done", graph.nodes[i].title, state, done, total);
  }
  std::set<std::pair<std::size_t, std::size_t>> edges;
  for (const auto& [from, to] : inputs) {
    const auto a = stage_of_task.find(from);
    const auto b = stage_of_task.find(to);
    if (a == stage_of_task.end() || b == stage_of_task.end() || a->second == b->second) continue;
    if (edges.emplace(a->second, b->second).second)
      graph.edges.push_back({a->second, b->second, ""});
  }
  return graph;
}

}  // namespace

Result<Json> api_dag(const Api& api, const Request& request, const std::string& run) {
  auto lease = UNIMO_TRY(api.pool.borrow());
  const std::vector<DrawnTask> tasks = UNIMO_TRY(drawn_tasks(lease->database(), run, kMostTasks));
  const std::vector<TaskEdge> inputs = UNIMO_TRY(task_edges(lease->database(), run, tasks));
  const bool by_stage = tasks.size() > kMostDrawnTasks;
  Graph graph = by_stage ? stage_graph(run, tasks, inputs) : task_graph(run, tasks, inputs);
  graph.label =
      by_stage ? "Stages of the run and their inputs" : "Tasks of the run and their inputs";
  graph.left_to_right = request.param("dir", "lr") != "tb";
  return Json{{"svg", UNIMO_TRY(api.graphs.svg(graph))}, {"by_stage", by_stage}};
}

}  // namespace unimo::web
