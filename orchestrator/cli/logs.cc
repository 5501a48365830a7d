// `unimo logs`: what a task printed, from its first line, following while it runs.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/look_commands.h"
#include "orchestrator/store/run_reader.h"

namespace unimo {

namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(300);

Result<TaskRow> task_to_show(RunReader& reader, const RunRow& run, const std::string& name) {
  if (!name.empty()) return reader.task(run.id, name);
  // Without a name: what failed, else what runs, else what ran last.
  const auto tasks = UNIMO_TRY(reader.tasks(run.id));
  const TaskRow* chosen = nullptr;
  for (const TaskRow& task : tasks) {
    if (task.state == state::kFailed) return task;
    if (task.state == state::kRunning ||
        (task.started_ms && (chosen == nullptr || chosen->state != state::kRunning))) {
      chosen = &task;
    }
  }
  if (chosen == nullptr)
    return fail(ErrorCode::kNotFound, "nothing of run {} has been started", run.id);
  return *chosen;
}

Result<AttemptRow> attempt_to_show(RunReader& reader, const TaskRow& task, int number) {
  const auto attempts = UNIMO_TRY(reader.attempts(task.origin_task.value_or(task.id)));
  for (const AttemptRow& attempt : attempts) {
    if (attempt.number == number) return attempt;
  }
  if (number == 0 && !attempts.empty()) return attempts.back();
  return fail(ErrorCode::kNotFound, "{} has {} attempt(s){}", task.name, attempts.size(),
              number == 0 ? "" : fmt::format(", not number {}", number));
}

// Prints what came to the file since `offset`.
void print_new(const std::filesystem::path& file, std::size_t& offset) {
  const auto bytes = read_file(file);
  if (!bytes || bytes->size() <= offset) return;
  print_out(std::string_view(*bytes).substr(offset));
  std::fflush(stdout);
  offset = bytes->size();
}

}  // namespace

Result<int> logs(const std::filesystem::path& root, const LogOptions& options) {
  auto reader = UNIMO_TRY(RunReader::open(root));
  const RunRow run = UNIMO_TRY(reader.run(options.run));
  const TaskRow task = UNIMO_TRY(task_to_show(reader, run, options.task));
  const AttemptRow attempt = UNIMO_TRY(attempt_to_show(reader, task, options.attempt));
  const std::filesystem::path folder = reader.paths().root / attempt.directory;
  print_note(fmt::format("{} of run {}, attempt {} ({}), {}\n", task.name, run.id, attempt.number,
                         attempt.state, folder.string()));
  std::size_t out_offset = 0;
  std::size_t err_offset = 0;
  while (true) {
    const TaskRow now = UNIMO_TRY(reader.task(task.id));
    print_new(folder / "stdout.log", out_offset);
    print_new(folder / "stderr.log", err_offset);
    if (!options.follow || now.state != state::kRunning) break;
    std::this_thread::sleep_for(kPollInterval);
  }
  return exit_code::kSuccess;
}

}  // namespace unimo
