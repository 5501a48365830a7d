#include "web/task_edges.h"

#include <algorithm>
#include <map>
#include <set>

#include "web/api.h"

namespace unimo::web {
namespace {

// "finetune[task=vqa,seed=1]/model" as its stage and what it selects; references to matrix keys are
// left out, because cells that disagree on them are told apart anyway.
struct Source {
  std::string stage;
  std::vector<std::pair<std::string, std::string>> select;
};

Source parse_source(const std::string& text) {
  Source source;
  const std::size_t end = text.find_first_of("[/");
  source.stage = text.substr(0, end);
  if (end == std::string::npos || text[end] != '[') return source;
  const std::size_t close = std::min(text.find(']', end), text.size());
  for (std::size_t begin = end + 1; begin < close;) {
    const std::size_t comma = std::min(text.find(',', begin), close);
    const std::string pair = text.substr(begin, comma - begin);
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos && pair.find("${") == std::string::npos) {
      source.select.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    begin = comma + 1;
  }
  return source;
}

std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool joined(const DrawnTask& giver, const DrawnTask& reader, const Source& source) {
  if (giver.stage != source.stage) return false;
  for (const auto& [key, value] : source.select) {
    const auto found = giver.cell.find(key);
    if (found != giver.cell.end() && plain(*found) != value) return false;
  }
  if (!source.select.empty()) return true;
  for (const auto& [key, value] : reader.cell.items()) {
    const auto found = giver.cell.find(key);
    if (found != giver.cell.end() && *found != value) return false;
  }
  return true;
}

std::vector<Source> sources_of(const Json& resolved, const std::string& stage) {
  std::vector<Source> sources;
  const Json inputs = resolved.is_object() ? resolved.value("stages", Json::object()) : Json();
  if (!inputs.is_object() || !inputs.contains(stage) || !inputs[stage].is_object()) return sources;
  const Json given = inputs[stage].value("inputs", Json::object());
  if (!given.is_object()) return sources;
  for (const auto& [name, value] : given.items()) {
    if (value.is_string()) sources.push_back(parse_source(value.get<std::string>()));
    if (!value.is_array()) continue;
    for (const Json& item : value) {
      if (item.is_string()) sources.push_back(parse_source(item.get<std::string>()));
    }
  }
  return sources;
}

}  // namespace

Result<std::vector<DrawnTask>> drawn_tasks(Database& database, const std::string& run,
                                           std::int64_t most) {
  std::vector<DrawnTask> tasks;
  UNIMO_TRY(database.query(
      "SELECT id, name, stage, kind, state, cell FROM tasks WHERE run_id = ? ORDER BY position "
      "LIMIT ?",
      [&tasks](const Row& row) {
        Json cell = stored_json(row.text(5));
        if (!cell.is_object()) cell = Json::object();
        tasks.push_back(
            {row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), std::move(cell)});
      },
      run, most));
  return tasks;
}

std::vector<TaskEdge> foreseen_edges(const Json& resolved, const std::vector<DrawnTask>& tasks,
                                     const std::vector<std::int64_t>& waiting) {
  std::vector<TaskEdge> edges;
  std::map<std::string, std::vector<const DrawnTask*>> by_stage;
  for (const DrawnTask& task : tasks) by_stage[task.stage].push_back(&task);
  for (const DrawnTask& reader : tasks) {
    if (std::find(waiting.begin(), waiting.end(), reader.id) == waiting.end()) continue;
    for (const Source& source : sources_of(resolved, reader.stage)) {
      const auto givers = by_stage.find(source.stage);
      if (givers == by_stage.end()) continue;
      for (const DrawnTask* giver : givers->second) {
        if (joined(*giver, reader, source)) edges.emplace_back(giver->id, reader.id);
      }
    }
  }
  return edges;
}

Result<std::vector<TaskEdge>> task_edges(Database& database, const std::string& run,
                                         const std::vector<DrawnTask>& tasks) {
  std::vector<TaskEdge> edges;
  std::set<std::int64_t> known;
  UNIMO_TRY(database.query(
      "SELECT i.source_task, i.task_id FROM task_inputs i JOIN tasks t ON t.id = i.task_id "
      "WHERE t.run_id = ? ORDER BY i.task_id, i.name, i.position",
      [&](const Row& row) {
        known.insert(row.integer(1));
        if (!row.is_null(0)) edges.emplace_back(row.integer(0), row.integer(1));
      },
      run));
  std::vector<std::int64_t> waiting;
  for (const DrawnTask& task : tasks) {
    if (!known.contains(task.id)) waiting.push_back(task.id);
  }
  if (!waiting.empty()) {
    Json resolved;
    UNIMO_TRY(database.query(
        "SELECT resolved FROM runs WHERE id = ?",
        [&resolved](const Row& row) { resolved = stored_json(row.text(0)); }, run));
    for (const TaskEdge& edge : foreseen_edges(resolved, tasks, waiting)) edges.push_back(edge);
  }
  std::set<TaskEdge> seen;
  std::erase_if(edges, [&seen](const TaskEdge& edge) { return !seen.insert(edge).second; });
  return edges;
}

}  // namespace unimo::web
