// `unimo list`, `unimo show`, `unimo status`, `unimo report`.
#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/base/file.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/look_commands.h"
#include "orchestrator/cli/rows_json.h"
#include "orchestrator/cli/statistics.h"
#include "orchestrator/store/artifacts.h"
#include "orchestrator/store/run_reader.h"

namespace unimo {

namespace {

std::string run_duration(const RunRow& run) {
  const std::int64_t end = run.finished_ms.value_or(now_ms());
  return human_duration(static_cast<double>(end - run.created_ms) / 1000);
}

std::string task_duration(const TaskRow& task) {
  if (!task.started_ms || task.state == state::kCached || task.state == state::kPending) return "";
  const std::int64_t end = task.finished_ms.value_or(now_ms());
  return human_duration(static_cast<double>(end - *task.started_ms) / 1000);
}

std::string progress_text(const TaskRow& task) {
  if (task.progress_total <= 0) return "";
  return fmt::format("{}/{} {}", task.progress_done, task.progress_total, task.progress_unit);
}

std::string source_text(const SourceRow& source) {
  if (source.commit.empty()) return "not in a git repository, or no commit yet";
  std::string text = fmt::format("commit {} on {}", short_digest(source.commit),
                                 source.branch.empty() ? "(no branch)" : source.branch);
  if (!source.remote.empty()) text += fmt::format(" of {}", source.remote);
  if (source.dirty) {
    text += fmt::format("; {} uncommitted change(s), kept as {} ({})", source.changes.size(),
                        short_digest(source.snapshot), source.snapshot_ref);
  }
  return text;
}

void print_run_head(const RunRow& run, const std::optional<SourceRow>& source,
                    const Json& environment, const ConsoleOptions& console) {
  print_out(fmt::format("run         {}  ({})\n", run.id, colored_state(run.state, console.color)));
  print_out(fmt::format("experiment  {}{}\n", run.experiment,
                        run.description.empty() ? "" : ": " + run.description));
  print_out(fmt::format("file        {}\n", run.file));
  print_out(fmt::format("command     {}\n", run.command_line));
  print_out(fmt::format("started     {}, {}\n", human_time(run.created_ms), run_duration(run)));
  print_out(fmt::format("tasks       {} of {} done, {} of them cached, {} failed\n", run.tasks_done,
                        run.tasks_total, run.tasks_cached, run.tasks_failed));
  if (source) {
    print_out(fmt::format("code        {}\n", source_text(*source)));
    for (const Json& change : source->changes) {
      print_out(
          fmt::format("            {} {}\n", change.value("status", ""), change.value("path", "")));
    }
  }
  for (const char* name : {"host", "cpu", "compiler"}) {
    if (environment.contains(name)) {
      const Json& value = environment.at(name);
      print_out(fmt::format("{:<11} {}\n", name,
                            value.is_string() ? value.get<std::string>() : canonical_text(value)));
    }
  }
}

std::optional<Statistics> statistics_of(RunReader& reader, const TaskRow& task) {
  if (!task.artifact) return std::nullopt;
  return read_statistics(artifact_path(reader.paths(), *task.artifact));
}

constexpr const char* kOfficialHeader[] = {"what", "got", "official", ""};

std::vector<std::string> official_row(const OfficialCount& count) {
  return {count.what, fmt::to_string(count.found), fmt::to_string(count.official),
          count.found == count.official ? "" : "differs"};
}

void print_warnings(const std::vector<std::string>& warnings, const ConsoleOptions& console) {
  for (const std::string& warning : warnings)
    print_out(console.color ? fmt::format("\033[33m{}\033[0m\n", warning) : warning + "\n");
}

// Counts of one artifact; nothing without statistics.
void print_statistics(const std::optional<Statistics>& statistics, std::string_view name,
                      const ConsoleOptions& console) {
  if (!statistics) return;
  print_out("statistics\n" + counts_text(*statistics));
  TextTable table({std::begin(kOfficialHeader), std::end(kOfficialHeader)});
  for (const OfficialCount& count : statistics->official) table.add(official_row(count));
  if (!table.empty()) print_out("\n" + table.text());
  print_warnings(warnings_of(*statistics, name), console);
}

// The official numbers of all tasks of a run.
void print_official(RunReader& reader, const std::vector<TaskRow>& tasks,
                    const ConsoleOptions& console) {
  std::vector<std::string> header{"task"};
  header.insert(header.end(), std::begin(kOfficialHeader), std::end(kOfficialHeader));
  TextTable table(std::move(header));
  std::vector<std::string> warnings;
  for (const TaskRow& task : tasks) {
    const auto statistics = statistics_of(reader, task);
    if (!statistics) continue;
    for (const OfficialCount& count : statistics->official) {
      std::vector<std::string> row = official_row(count);
      row.insert(row.begin(), task.name);
      table.add(std::move(row));
    }
    for (std::string& warning : warnings_of(*statistics, task.name))
      warnings.push_back(std::move(warning));
  }
  if (!table.empty()) print_out("\n" + table.text());
  print_warnings(warnings, console);
}

Json run_document(RunReader& reader, const RunRow& run, const std::vector<TaskRow>& tasks,
                  const std::vector<LatestMetric>& metrics, const std::optional<SourceRow>& source,
                  const Json& environment) {
  Json document = to_json(run);
  document["source"] = source ? to_json(*source) : Json();
  document["environment"] = environment;
  document["tasks"] = Json::array();
  document["warnings"] = Json::array();
  for (const TaskRow& task : tasks) {
    Json row = to_json(task);
    if (const auto statistics = statistics_of(reader, task)) {
      row["statistics"] = statistics->document;
      for (const std::string& warning : warnings_of(*statistics, task.name))
        document["warnings"].push_back(warning);
    }
    document["tasks"].push_back(std::move(row));
  }
  document["metrics"] = Json::array();
  for (const LatestMetric& metric : metrics) document["metrics"].push_back(to_json(metric));
  document["root"] = reader.paths().root.string();
  return document;
}

Result<int> show_run(RunReader& reader, const RunRow& run, const ConsoleOptions& console) {
  const auto tasks = UNIMO_TRY(reader.tasks(run.id));
  const auto metrics = UNIMO_TRY(reader.latest_metrics(run.id));
  const auto source = UNIMO_TRY(reader.source(run.id));
  const Json environment = UNIMO_TRY(reader.environment(run.id));
  if (console.json) {
    print_json(run_document(reader, run, tasks, metrics, source, environment));
    return exit_code::kSuccess;
  }
  print_run_head(run, source, environment, console);
  TextTable table({"task", "state", "time", "progress", "artifact", "why"});
  for (const TaskRow& task : tasks) {
    table.add({task.name, colored_state(task.state, console.color), task_duration(task),
               progress_text(task), short_digest(task.artifact.value_or("")),
               task.error.empty() ? task.reason : task.error});
  }
  print_out("\n" + table.text());
  TextTable numbers({"task", "metric", "value", "step"});
  for (const LatestMetric& metric : metrics) {
    if (metric.name.starts_with("system.")) continue;
    numbers.add(
        {metric.task, metric.name, human_number(metric.value), fmt::to_string(metric.step)});
  }
  if (!numbers.empty()) print_out("\n" + numbers.text());
  print_official(reader, tasks, console);
  return exit_code::kSuccess;
}

void print_flat(const Json& value, const std::string& path) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, inner] : value.items()) print_flat(inner, join_path(path, key));
  } else {
    print_out(fmt::format("  {} = {}\n", path, canonical_text(value)));
  }
}

Result<Json> task_document(RunReader& reader, const TaskRow& task) {
  Json document = to_json(task);
  for (const char* name : {"inputs", "metrics", "notes", "attempts", "files"})
    document[name] = Json::array();
  for (const InputRow& input : UNIMO_TRY(reader.inputs(task.id)))
    document["inputs"].push_back(to_json(input));
  for (const SeriesRow& series : UNIMO_TRY(reader.series(task.id)))
    document["metrics"].push_back(to_json(series));
  for (const NoteRow& note : UNIMO_TRY(reader.notes(task.id)))
    document["notes"].push_back(to_json(note));
  for (const AttemptRow& attempt : UNIMO_TRY(reader.attempts(task.id)))
    document["attempts"].push_back(to_json(attempt));
  document["counts"] = Json::object();
  for (const auto& [name, value] : UNIMO_TRY(reader.counts(task.id)))
    document["counts"][name] = value;
  if (task.artifact) {
    for (const FileEntry& file : UNIMO_TRY(reader.artifact_files(*task.artifact)))
      document["files"].push_back(to_json(file));
  }
  if (const auto statistics = statistics_of(reader, task)) {
    document["statistics"] = statistics->document;
    document["warnings"] = warnings_of(*statistics, task.name);
  }
  return document;
}

void print_task(const TaskRow& task, const Json& document,
                const std::optional<Statistics>& statistics, const ConsoleOptions& console) {
  print_out(fmt::format("task      {}  ({}) of run {}\nkind      {}\n", task.name,
                        colored_state(task.state, console.color), task.run, task.kind));
  if (!task.reason.empty()) print_out(fmt::format("why       {}\n", task.reason));
  if (!task.error.empty()) print_out(fmt::format("error     {}\n", task.error));
  if (task.key) print_out(fmt::format("key       {}\n", *task.key));
  if (task.artifact) print_out(fmt::format("artifact  {}\n", *task.artifact));
  print_out("parameters\n");
  print_flat(task.params, "");
  if (!document["inputs"].empty()) print_out("inputs\n");
  for (const Json& input : document["inputs"]) {
    print_out(fmt::format("  {} = {}  {}\n", input.at("name").get<std::string>(),
                          input.at("label").get<std::string>(),
                          short_digest(input.at("digest").get<std::string>())));
  }
  if (!document["metrics"].empty()) print_out("metrics (last value)\n");
  for (const Json& metric : document["metrics"]) {
    const Json& value = metric.at("value");
    print_out(fmt::format(
        "  {} = {}  at step {}\n", metric.at("name").get<std::string>(),
        human_number(value.is_null() ? std::nullopt : std::optional(value.get<double>())),
        metric.at("step").get<std::int64_t>()));
  }
  if (!document["counts"].empty()) print_out("counts\n");
  for (const auto& [name, value] : document["counts"].items()) {
    print_out(fmt::format("  {} = {}\n", name, human_number(value.get<double>())));
  }
  print_statistics(statistics, task.name, console);
  for (const Json& note : document["notes"]) {
    print_out(fmt::format("{}: {}\n", note.at("level").get<std::string>(),
                          note.at("text").get<std::string>()));
  }
  for (const Json& attempt : document["attempts"]) {
    print_out(fmt::format("attempt {}  {}  {}\n", attempt.at("number").get<int>(),
                          attempt.at("state").get<std::string>(),
                          attempt.at("directory").get<std::string>()));
  }
  if (!document["files"].empty())
    print_out(fmt::format("{} file(s) in the artifact\n", document["files"].size()));
}

Result<int> show_artifact(RunReader& reader, const ArtifactRow& artifact,
                          const ConsoleOptions& console) {
  const auto files = UNIMO_TRY(reader.artifact_files(artifact.digest));
  const auto producer = UNIMO_TRY(reader.producer(artifact.digest));
  const std::filesystem::path path = artifact_path(reader.paths(), artifact.digest);
  const auto statistics = read_statistics(path);
  if (console.json) {
    Json document = to_json(artifact);
    document["path"] = path.string();
    document["files"] = Json::array();
    for (const FileEntry& file : files) document["files"].push_back(to_json(file));
    if (producer) document["producer"] = to_json(*producer);
    if (statistics) {
      document["statistics"] = statistics->document;
      document["warnings"] = warnings_of(*statistics, short_digest(artifact.digest));
    }
    print_json(document);
    return exit_code::kSuccess;
  }
  print_out(fmt::format("artifact  {}\nkind      {}\nsize      {} in {} file(s)\npath      {}{}\n",
                        artifact.digest, artifact.kind, human_bytes(artifact.size_bytes),
                        artifact.file_count, path.string(),
                        artifact.present ? "" : "  (deleted by gc)"));
  if (producer) print_out(fmt::format("made by   {} of run {}\n", producer->name, producer->run));
  TextTable table({"file", "size", "sha256"});
  for (const FileEntry& file : files) {
    table.add({file.path, human_bytes(static_cast<std::int64_t>(file.size_bytes)),
               short_digest(file.sha256)});
  }
  print_out("\n" + table.text());
  print_statistics(statistics, short_digest(artifact.digest), console);
  return exit_code::kSuccess;
}

}  // namespace

Result<int> list_runs(const std::filesystem::path& root, const ListOptions& options,
                      const ConsoleOptions& console) {
  auto reader = UNIMO_TRY(RunReader::open(root));
  auto runs =
      UNIMO_TRY(reader.runs(options.state.empty() ? options.limit : 1'000'000, options.experiment));
  if (!options.state.empty()) {
    std::erase_if(runs, [&](const RunRow& run) { return run.state != options.state; });
    runs.resize(std::min(runs.size(), static_cast<std::size_t>(options.limit)));
  }
  if (console.json) {
    Json list = Json::array();
    for (const RunRow& run : runs) list.push_back(to_json(run));
    print_json(list);
    return exit_code::kSuccess;
  }
  TextTable table({"run", "experiment", "state", "tasks", "cached", "started", "time", "code"});
  for (const RunRow& run : runs) {
    const auto source = UNIMO_TRY(reader.source(run.id));
    const std::string code =
        source ? fmt::format("{}{}", source->commit.substr(0, 8), source->dirty ? "+changes" : "")
               : "";
    table.add({run.id, run.experiment, colored_state(run.state, console.color),
               fmt::format("{}/{}", run.tasks_done, run.tasks_total),
               fmt::to_string(run.tasks_cached), human_time(run.created_ms), run_duration(run),
               code});
  }
  if (table.empty()) {
    print_note("no runs yet; start one with `unimo run experiments/demo.yaml`\n");
  } else {
    print_out(table.text());
  }
  return exit_code::kSuccess;
}

Result<int> show(const std::filesystem::path& root, const std::string& reference,
                 const std::string& task_name, const ConsoleOptions& console) {
  auto reader = UNIMO_TRY(RunReader::open(root));
  const auto run = reader.run(reference);
  if (!run) {
    if (const auto artifact = reader.find_artifact(reference))
      return show_artifact(reader, *artifact, console);
    return tl::unexpected(run.error());
  }
  if (task_name.empty()) return show_run(reader, *run, console);
  const TaskRow task = UNIMO_TRY(reader.task(run->id, task_name));
  const Json document = UNIMO_TRY(task_document(reader, task));
  if (console.json) {
    print_json(document);
  } else {
    print_task(task, document, statistics_of(reader, task), console);
  }
  return exit_code::kSuccess;
}

Result<int> status(const std::filesystem::path& root, bool with_exit_code,
                   const ConsoleOptions& console) {
  auto reader = UNIMO_TRY(RunReader::open(root));
  const auto runs = UNIMO_TRY(reader.runs(1));
  const bool writing = FileLock::holder(reader.paths().lock()).has_value();
  Json document{{"engine_running", writing}, {"run", Json()}, {"running", Json::array()}};
  bool unfinished = false;
  if (!runs.empty()) {
    document["run"] = to_json(runs.front());
    unfinished = runs.front().tasks_done < runs.front().tasks_total;
    for (const TaskRow& task : UNIMO_TRY(reader.tasks(runs.front().id))) {
      if (task.state == state::kRunning) document["running"].push_back(to_json(task));
    }
  }
  if (console.json) {
    print_json(document);
  } else if (runs.empty()) {
    print_out("no runs yet; start one with `unimo run experiments/demo.yaml`\n");
  } else {
    const RunRow& run = runs.front();
    print_out(fmt::format("{} {} is {}: {} of {} tasks done, {} failed\n", run.experiment, run.id,
                          colored_state(run.state, console.color), run.tasks_done, run.tasks_total,
                          run.tasks_failed));
    if (run.state == state::kRunning && !writing) {
      print_out(
          fmt::format("its engine is gone; `unimo run {}` goes on where it stopped\n", run.file));
    }
    for (const Json& task : document["running"]) {
      print_out(fmt::format("  running {} {}/{} {}\n", task.at("name").get<std::string>(),
                            task.at("progress_done").get<std::int64_t>(),
                            task.at("progress_total").get<std::int64_t>(),
                            task.at("progress_unit").get<std::string>()));
    }
  }
  return with_exit_code && unfinished ? exit_code::kChanges : exit_code::kSuccess;
}

Result<int> print_report(const std::filesystem::path& root, const std::string& reference,
                         const ConsoleOptions& console) {
  auto reader = UNIMO_TRY(RunReader::open(root));
  const RunRow run = UNIMO_TRY(reader.run(reference));
  bool found = false;
  for (const TaskRow& task : UNIMO_TRY(reader.tasks(run.id))) {
    if (task.kind != "report" || !task.artifact) continue;
    found = true;
    const std::filesystem::path folder = artifact_path(reader.paths(), *task.artifact);
    const std::string text =
        UNIMO_TRY(read_file(folder / (console.json ? "report.json" : "report.md")));
    print_out(text);
    print_note(fmt::format("\nthe same as a page: {}\n", (folder / "report.html").string()));
  }
  if (!found) {
    return fail(ErrorCode::kNotFound,
                "run {} has no finished stage of kind report; see `unimo show {}`", run.id, run.id);
  }
  return exit_code::kSuccess;
}

}  // namespace unimo
