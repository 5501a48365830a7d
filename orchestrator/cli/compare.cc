// `unimo compare A B`: what was different, and what came out different.
#include <fmt/format.h>

#include <map>

#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/look_commands.h"
#include "orchestrator/store/run_reader.h"

namespace unimo {

namespace {

// One line of a comparison: where, and both values; an empty optional means "not there".
struct Difference {
  std::string where;
  std::optional<std::string> first, second;
};

using Flat = std::map<std::string, std::string>;

void flatten(const Json& value, const std::string& path, Flat& flat) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, inner] : value.items()) flatten(inner, join_path(path, key), flat);
  } else {
    flat[path] = canonical_text(value);
  }
}

std::vector<Difference> differences(const Flat& first, const Flat& second) {
  std::vector<Difference> list;
  const auto value_in = [](const Flat& flat, const std::string& key) -> std::optional<std::string> {
    const auto found = flat.find(key);
    return found == flat.end() ? std::nullopt : std::optional(found->second);
  };
  Flat all = first;
  all.insert(second.begin(), second.end());
  for (const auto& [key, unused] : all) {
    Difference difference{key, value_in(first, key), value_in(second, key)};
    if (difference.first != difference.second) list.push_back(std::move(difference));
  }
  return list;
}

struct RunView {
  RunRow run;
  Flat params, artifacts, metrics, code, environment;
};

Result<RunView> view_of(RunReader& reader, const std::string& reference) {
  RunView view;
  view.run = UNIMO_TRY(reader.run(reference));
  for (const TaskRow& task : UNIMO_TRY(reader.tasks(view.run.id))) {
    flatten(task.params, task.name, view.params);
    view.artifacts[task.name] = task.artifact.value_or("");
  }
  for (const LatestMetric& metric : UNIMO_TRY(reader.latest_metrics(view.run.id))) {
    if (metric.name.starts_with("system.")) continue;
    // Shortest text that reads back as the same number: equal text means equal bits.
    view.metrics[metric.task + " " + metric.name] =
        metric.value ? fmt::format("{}", *metric.value) : "nan";
  }
  if (const auto source = UNIMO_TRY(reader.source(view.run.id))) {
    view.code = {{"commit", source->commit},
                 {"branch", source->branch},
                 {"uncommitted changes", source->snapshot}};
  }
  flatten(UNIMO_TRY(reader.environment(view.run.id)), "", view.environment);
  return view;
}

Json to_json(const std::vector<Difference>& list) {
  Json array = Json::array();
  for (const Difference& difference : list) {
    array.push_back({{"where", difference.where},
                     {"first", difference.first ? Json(*difference.first) : Json()},
                     {"second", difference.second ? Json(*difference.second) : Json()}});
  }
  return array;
}

void print_section(std::string_view title, const std::vector<Difference>& list, const RunView& a,
                   const RunView& b, bool shorten) {
  if (list.empty()) {
    print_out(fmt::format("{}: the same\n", title));
    return;
  }
  const auto cell = [shorten](const std::optional<std::string>& value) {
    if (!value) return std::string("(absent)");
    return shorten ? short_digest(*value) : *value;
  };
  TextTable table({fmt::format("{} ({} differ)", title, list.size()), a.run.id, b.run.id});
  for (const Difference& difference : list) {
    table.add({difference.where, cell(difference.first), cell(difference.second)});
  }
  print_out(table.text() + "\n");
}

}  // namespace

Result<int> compare(const std::filesystem::path& root, const CompareOptions& options,
                    const ConsoleOptions& console) {
  auto reader = UNIMO_TRY(RunReader::open(root));
  const RunView first = UNIMO_TRY(view_of(reader, options.first));
  const RunView second = UNIMO_TRY(view_of(reader, options.second));
  const auto params = differences(first.params, second.params);
  const auto metrics = differences(first.metrics, second.metrics);
  const auto artifacts = differences(first.artifacts, second.artifacts);
  const auto code = differences(first.code, second.code);
  const auto environment = differences(first.environment, second.environment);
  const bool same = params.empty() && metrics.empty() && artifacts.empty();
  if (console.json) {
    print_json({{"first", first.run.id},
                {"second", second.run.id},
                {"same_results", metrics.empty() && artifacts.empty()},
                {"params", to_json(params)},
                {"metrics", to_json(metrics)},
                {"artifacts", to_json(artifacts)},
                {"code", to_json(code)},
                {"environment", to_json(environment)}});
  } else {
    print_section("parameters", params, first, second, false);
    print_section("metrics", metrics, first, second, false);
    print_section("artifacts", artifacts, first, second, true);
    print_section("code", code, first, second, true);
    print_section("environment", environment, first, second, false);
  }
  return options.exit_code && !same ? exit_code::kChanges : exit_code::kSuccess;
}

}  // namespace unimo
