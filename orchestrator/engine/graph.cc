#include "orchestrator/engine/graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "orchestrator/base/fields.h"
#include "orchestrator/experiment/references.h"

namespace unimo {

namespace {

std::vector<std::string> stage_names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const StageSpec& stage : experiment.stages) names.push_back(stage.name);
  return names;
}

// The stages that "ingest_${task}" may name: one for each value of the keys in it.
std::set<std::string> possible_stages(const StageSpec& stage, const InputSource& source) {
  std::set<std::string> used;
  collect_references(source.stage, used);
  std::vector<Json> cells{Json::object()};
  for (const MatrixAxis& axis : stage.matrix) {
    if (used.count(axis.key) == 0) continue;
    std::vector<Json> longer;
    for (const Json& cell : cells) {
      for (const Json& value : axis.values) {
        longer.push_back(cell);
        longer.back()[axis.key] = value;
      }
    }
    cells = std::move(longer);
  }
  std::set<std::string> names;
  for (const Json& cell : cells) names.insert(fill_text(source.stage, cell));
  return names;
}

// Follows the needs of stages that are still unordered until one comes again.
std::string circle_from(const Experiment& experiment, const Graph& graph,
                        const std::vector<bool>& done) {
  std::size_t at = 0;
  while (done[at]) ++at;
  std::vector<std::size_t> path;
  while (std::find(path.begin(), path.end(), at) == path.end()) {
    path.push_back(at);
    at = *std::find_if(graph.needs[at].begin(), graph.needs[at].end(),
                       [&](std::size_t need) { return !done[need]; });
  }
  std::string text;
  for (auto it = std::find(path.begin(), path.end(), at); it != path.end(); ++it) {
    text += experiment.stages[*it].name + " -> ";
  }
  return text + experiment.stages[at].name;
}

}  // namespace

Result<Graph> build_graph(const Experiment& experiment) {
  Mistakes mistakes(experiment.places);
  const std::vector<std::string> names = stage_names(experiment);
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < names.size(); ++i) index[names[i]] = i;
  Graph graph;
  graph.needs.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::set<std::size_t> needs;
    for (const auto& [input, sources] : experiment.stages[i].inputs) {
      for (const InputSource& source : sources) {
        if (!source.raw_path.empty()) continue;
        for (const std::string& name : possible_stages(experiment.stages[i], source)) {
          const auto found = index.find(name);
          if (found != index.end()) {
            needs.insert(found->second);
          } else {
            const auto close = did_you_mean(name, names);
            mistakes.add(
                source.place,
                close ? fmt::format("there is no stage \"{}\", did you mean {}?", name, *close)
                      : fmt::format(
                            "there is no stage \"{}\"; for a file of your own write {{path: ...}}",
                            name));
          }
        }
      }
    }
    graph.needs[i].assign(needs.begin(), needs.end());
  }
  UNIMO_TRY(mistakes.status());

  // Kahn's order, always taking the first stage in written order that is free.
  std::vector<std::size_t> missing(names.size());
  std::vector<std::vector<std::size_t>> users(names.size());
  std::set<std::size_t> free;
  for (std::size_t i = 0; i < names.size(); ++i) {
    missing[i] = graph.needs[i].size();
    for (const std::size_t need : graph.needs[i]) users[need].push_back(i);
    if (missing[i] == 0) free.insert(i);
  }
  std::vector<bool> done(names.size(), false);
  while (!free.empty()) {
    const std::size_t next = *free.begin();
    free.erase(free.begin());
    graph.order.push_back(next);
    done[next] = true;
    for (const std::size_t user : users[next]) {
      if (--missing[user] == 0) free.insert(user);
    }
  }
  if (graph.order.size() == names.size()) return graph;
  const std::size_t first =
      static_cast<std::size_t>(std::find(done.begin(), done.end(), false) - done.begin());
  mistakes.add(experiment.stages[first].path("inputs"),
               fmt::format("the inputs run in a circle: {}", circle_from(experiment, graph, done)));
  return tl::unexpected(mistakes.status().error());
}

Result<std::vector<bool>> wanted_stages(const Experiment& experiment, const Graph& graph,
                                        const std::vector<std::string>& names) {
  std::vector<bool> wanted(experiment.stages.size(), names.empty());
  const std::vector<std::string> known = stage_names(experiment);
  for (const std::string& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      const auto close = did_you_mean(name, known);
      return fail(ErrorCode::kInvalid, "{}: there is no stage \"{}\"{}", experiment.file, name,
                  close ? fmt::format(", did you mean {}?", *close)
                        : fmt::format("; its stages: {}", fmt::join(known, ", ")));
    }
    wanted[static_cast<std::size_t>(found - known.begin())] = true;
  }
  for (auto it = graph.order.rbegin(); it != graph.order.rend(); ++it) {
    if (!wanted[*it]) continue;
    for (const std::size_t need : graph.needs[*it]) wanted[need] = true;
  }
  return wanted;
}

}  // namespace unimo
